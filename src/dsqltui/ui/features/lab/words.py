"""Words of the lab mode that are not the labs' own, in both languages."""

from dsqltui.core.text.safe_text import one_line
from dsqltui.labs.text import Text
from dsqltui.ui.keys.user_keys import key_of

LAB = Text("Lab", "ラボ")
STEP = Text("Step", "ステップ")
PANES = {
    (): Text("", ""),
    ("A",): Text("pane A", "ペインA"),
    ("B",): Text("pane B", "ペインB"),
    ("A", "B"): Text("both panes", "両方のペイン"),
}
GOAL = Text("Goal", "目標")
WATCH = Text("Watch", "注目点")
HINT = Text("Hint", "ヒント")
STEPS = Text("Steps", "ステップ一覧")
PASSED = Text("Done.", "完了しました。")
NOT_YET = Text("Not yet: ", "未完了: ")
NEEDS = Text("Before it can begin (Enter prepares it):", "始める前に（Enterで準備します）:")
NEEDS_FIRST = Text(
    "This lab needs something that is not there. Enter prepares it; l lists the labs.",
    "このラボに必要なものがまだありません。Enterで準備します（lで一覧）。",
)
PREPARING = Text("Preparing what the lab needs …", "ラボに必要なものを準備しています…")
PREPARED = Text("What the lab needs is there.", "必要なものがそろいました。")
PREPARE_FAILED = Text("It could not be prepared: {trouble}", "準備できませんでした: {trouble}")
CONNECTING = Text(
    "Connecting pane {panes}; then press n again.", "ペイン{panes}に接続しています。接続後、もう一度nを押してください。"
)
ROLLED_BACK = Text(
    "The transaction of pane {pane} was rolled back, and the step runs again.",
    "ペイン{pane}のトランザクションをロールバックし、ステップを再実行します。",
)
WENT_BACK = Text(
    "Back at the step that begins the transaction; n runs it again.",
    "トランザクションを開始するステップに戻りました。nでやり直します。",
)
AWAY = Text("{focus} to the lab's keys   {next} {does}", "{focus} でラボへ移動   {next} {does}")
LEAVE_TITLE = Text("A transaction is open", "トランザクションが残っています")
LEAVE_TEXT = Text(
    "It belongs to the lab that you are leaving. Roll it back before the next one begins?",
    "このトランザクションは、今終えようとしているラボのものです。次のラボを始める前にロールバックしますか？",
)
LEAVE_YES = Text("Roll back", "ロールバックする")
LEAVE_NO = Text("Keep it open", "そのままにする")
QUESTION = Text("Question", "確認問題")
AUTO = Text("AUTO {pace} s", "自動再生 {pace}秒")
AUTO_PAUSED = Text("AUTO paused (p)", "自動再生 停止中 (p)")
AUTO_WAITS = Text("AUTO waits", "自動再生 待機中")
AUTO_ASKS = Text(
    "Auto stops before a question: answer it with its number.", "質問の前で止まりました。番号のキーで答えてください。"
)
AUTO_NEEDS = Text(
    "Auto waits: the lab needs something that is not there. Enter prepares it.",
    "自動再生を待機しています。必要なものがないため、Enterで準備してください。",
)
AUTO_STUCK = Text(
    "Auto paused: the step does not pass. p goes on.", "ステップが完了しないため停止しました。pで再開します。"
)
NO_AUTO = Text(
    "Nothing plays by itself here: dsqltui lab run NAME --local --auto",
    "自動再生はしていません: dsqltui lab run NAME --local --auto",
)
PREDICT = Text("What will happen? Predict it first.", "結果を予想してください。")
PREDICTED_RIGHT = Text("As you predicted: ", "予想どおり: ")
PREDICTED_WRONG = Text("You predicted: ", "あなたの予想: ")
YOUR_TURN = Text(
    "Your turn: write the SQL yourself in the editor, then run it, or n. h helps in three steps.",
    "ここは自分で書くステップです。エディターにSQLを書いて実行します（nでも実行できます）。hを押すと、ヒントが3段階で表示されます。",
)
WRITE_FIRST = Text(
    "The editor is empty: write the SQL first (Esc goes there). h helps.",
    "エディターが空です。先にSQLを書いてください（Escで移動、hでヒント）。",
)
PREDICT_FIRST = Text("Predict first: press 1 to {count}.", "先に予想を選んでください（1から{count}のキー）。")
MEASURING = Text("Measuring; this takes a moment …", "測定しています。しばらくお待ちください…")
NO_LOADS = Text("Loads cannot be run in this console.", "このコンソールでは負荷を実行できません。")
CHOOSE = Text("Press 1 to {count}.", "1から{count}のキーで答えてください。")
RIGHT = Text("Right.", "正解です。")
WRONG = Text("Not right: the answer is {right}.", "不正解です。正解は{right}です。")
FINISHED = Text("The lab is done. n: choose the next one.", "ラボは終了です。nで次のラボを選びます。")
REPORT_AT = Text("Your report: {path}", "レポート: {path}")
NO_LAB = Text("No lab is chosen; l lists them.", "ラボが選ばれていません。lで一覧を表示します。")
REWOUND = Text(
    "Resumed at the step that begins the transaction: a transaction does not outlive its session.",
    "トランザクションはセッションとともに終了したため、その開始ステップから再開します。",
)
RESUMED = Text("Resumed where you left off.", "前回の続きから再開します。")
SKIPPED = Text("Step skipped.", "ステップを飛ばしました。")
RUNNING = Text("Running in pane {panes} …", "ペイン{panes}で実行中…")
EMPTY_EDITOR = Text(
    "The editor of pane {pane} holds no statement; the step's text was put back.",
    "ペイン{pane}のエディターに文がないため、ステップの内容を入れ直しました。",
)
WAITING = Text(
    "The SQL has run; the database is still at work. This is asked again by itself.",
    "SQLは実行済みで、データベースの処理が続いています。自動で確認しています。",
)
BUSY = Text(
    "Pane {panes} is still at work; this step runs when it is done.",
    "ペイン{panes}は実行中です。終わりしだい、このステップを実行します。",
)
SIMULATOR_ONLY = Text(
    "This lab makes the simulator misbehave and needs it: dsqltui lab run {lab} --local",
    "このラボはシミュレーターの障害機能を使います: dsqltui lab run {lab} --local",
)
ASKING_IAM = Text(
    "Making the IAM role, and asking AWS until it may connect …",
    "IAMロールを作成し、使えるようになるまで確認しています…",
)
NO_IAM = Text("IAM roles cannot be made in this console.", "このコンソールではIAMロールを作成できません。")
IAM_TITLE = Text("Create the IAM role?", "IAMロールを作成しますか？")
IAM_TEXT = Text(
    "The IAM role {name} is made in your AWS account. Only you can assume it, and it may do no more than connect to "
    "the clusters of both panes. IAM roles cost nothing; the reset of the lab (r) deletes it.",
    "AWSアカウントにIAMロール {name} を作成します。引き受けられるのはあなただけで、許可されるのは両方のペインの"
    "クラスターへの接続だけです。IAMロールに料金はかかりません。ラボのリセット（r）で削除されます。",
)
IAM_YES = Text("Create it", "作成する")
IAM_NO = Text("Do not", "作成しない")
DELETES_IAM = Text(
    "and the IAM role {name} is deleted, if this lab made it", "このラボが作成したIAMロール {name} も削除します"
)
NOT_BECOME = Text("{why}. n tries again; h helps.", "{why}。nで再試行、hでヒントを表示します。")
RESET_TITLE = Text("Reset the lab?", "ラボをリセットしますか？")
RESET_TEXT = Text(
    "Open transactions in both panes are rolled back, and these statements are run in a session of the console's "
    "own; then the lab begins again. Nothing else is touched.\n\n{sql}",
    "両方のペインで開いているトランザクションをロールバックし、コンソール専用のセッションで次の文を実行して、"
    "ラボを最初から始めます。それ以外には影響しません。\n\n{sql}",
)
RESET_YES = Text("Reset", "リセットする")
RESET_NO = Text("Go on as it is", "このまま続ける")
RESET_DONE = Text("The lab was reset.", "ラボをリセットしました。")
RESET_FAILED = Text("The reset did not succeed: {trouble}", "リセットに失敗しました: {trouble}")
NOTHING_TO_RUN = Text("(no statements)", "（実行する文はありません）")
AGREE_TITLE = Text("This lab makes things on your cluster", "このラボはクラスター上にオブジェクトを作成します")
AGREE_TEXT = Text(
    "It makes: {creates}.\nThe reset of the lab (r) removes exactly that. Costs are those of your AWS account.",
    "作成するもの: {creates}\nラボのリセット（r）で削除できます。料金はご自身のAWSアカウントに発生します。",
)
AGREE_YES = Text("Begin", "始める")
AGREE_NO = Text("Not now", "やめる")
LIST_TITLE = Text("Labs", "ラボ一覧")
LIST_FOOT = Text("Enter begins or resumes   Esc", "Enterで開始・再開   Escで閉じる")
KEYS = (
    (("n",), Text("run", "実行")),
    (("b",), Text("back", "戻る")),
    (("h",), Text("hint", "ヒント")),
    (("r",), Text("reset", "リセット")),
    (("s",), Text("skip", "飛ばす")),
    (("l",), Text("list", "一覧")),
    (("g",), Text("日本語", "EN")),
    (("f",), Text("size", "高さ")),
    (("?",), Text("help", "ヘルプ")),
)
NEXT = Text("next", "次へ")


_TROUBLE_LIMIT = 300


def with_trouble(said: Text, trouble: Text) -> Text:
    """A text that has a place `{trouble}`, with it, on one line."""
    return said.holding("trouble", Text(one_line(trouble.en, _TROUBLE_LIMIT), one_line(trouble.ja, _TROUBLE_LIMIT)))


def help_text() -> Text:
    """What the panel's keys do."""
    return _HELP.filled({"focus": key_of("lab_focus"), "next": key_of("lab_next")})


_HELP = Text(
    "n  run the step's SQL as it stands in the editor; go on when the step is done\n"
    "b  back a step, to do it again\n"
    "h  hint; once more: more of it\n"
    "s  skip this step\n"
    "r  reset the lab (asks first)\n"
    "l  list all labs\n"
    "g  日本語で読む\n"
    "f  panel higher or lower\n"
    "p - +  with --auto: pause, slower, quicker\n"
    "Arrows and PgUp/PgDn scroll; Esc goes back to the editor; {focus} comes here from it, {next} is n.\n"
    "You may edit the SQL, or type your own: what counts is what the server answered.",
    "n  エディターのSQLを実行（完了後は次へ）\n"
    "b  前のステップに戻ってやり直す\n"
    "h  ヒント（押すたびに詳しく）\n"
    "s  ステップを飛ばす\n"
    "r  ラボをリセット（確認あり）\n"
    "l  ラボの一覧\n"
    "g  Switch to English\n"
    "f  パネルの高さを変える\n"
    "p - +  --autoの一時停止、遅く、速く\n"
    "矢印キーとPgUp/PgDnでスクロールし、Escでエディターに戻ります。\n"
    "エディターからは、{focus} でここへ移り、{next} でnと同じことができます。\n"
    "SQLは編集しても、自分で書いてもかまいません。判定はサーバーの応答で行います。",
)
