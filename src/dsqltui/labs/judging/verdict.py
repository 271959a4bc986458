"""What a check says: passed, or not yet with the reason in both languages.

The sentences of the checks live here, side by side, so that both languages say the same.
"""

from dataclasses import dataclass, field

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.text.safe_text import one_line
from dsqltui.labs.text import Text

_SHOWN = 48


@dataclass(frozen=True, slots=True)
class Passed:
    """It is so."""

    used: int = 0
    """Number of the last journal entry that proves it; 0 when none was needed."""
    captured: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotYet:
    """It is not so, or not yet."""

    reason: Text
    is_untouched: bool = False
    """Nothing of it was tried yet."""


Verdict = Passed | NotYet

_STATE_WORDS = {
    TransactionState.NONE: Text("no connection", "未接続"),
    TransactionState.IDLE: Text("no open transaction", "トランザクションなし"),
    TransactionState.OPEN: Text("an open transaction", "トランザクション実行中"),
    TransactionState.FAILED: Text("a failed transaction", "失敗したトランザクション"),
}


def _short(sql: str) -> str:
    return one_line(" ".join(sql.split()), _SHOWN)


def _not_yet(en: str, ja: str, *, is_untouched: bool = False) -> NotYet:
    return NotYet(Text(en, ja), is_untouched)


def not_run(pane: str, of: str) -> NotYet:
    """Nobody ran it."""
    return _not_yet(
        f"Pane {pane}: `{_short(of)}` has not been run yet.",
        f"ペイン{pane}: `{_short(of)}` がまだ実行されていません。",
        is_untouched=True,
    )


def ran_elsewhere(pane: str, other: str, of: str) -> NotYet:
    """It ran in the other pane."""
    return _not_yet(
        f"`{_short(of)}` ran in pane {other}; this step is for pane {pane}.",
        f"`{_short(of)}` はペイン{other}で実行されました。このステップはペイン{pane}で実行します。",
    )


def refused(pane: str, of: str, sqlstate: str, message: str) -> NotYet:
    """The server refused it, and should not have."""
    said = f"{sqlstate} {one_line(message, 120)}"
    return _not_yet(
        f"Pane {pane}: `{_short(of)}` was refused ({said}).",
        f"ペイン{pane}: `{_short(of)}` はエラーになりました（{said}）。",
    )


def schema_changed(pane: str) -> NotYet:
    """OC001, which goes away by itself."""
    return _not_yet(
        f"Pane {pane}: the schema was changed by another session (OC001). n runs the step again; the new "
        "attempt sees it.",
        f"ペイン{pane}: 他のセッションがスキーマを変更しました（OC001）。"
        "nでもう一度実行すると、変更後のスキーマで実行されます。",
    )


def schema_changed_inside(pane: str) -> NotYet:
    """OC001 in a transaction."""
    return _not_yet(
        f"Pane {pane}: the schema was changed by another session (OC001) and the transaction failed. "
        "n rolls back and runs the step again from `begin`.",
        f"ペイン{pane}: 他のセッションがスキーマを変更したため（OC001）、トランザクションが失敗しました。"
        "nでロールバックし、`begin` からやり直します。",
    )


def lost(pane: str) -> NotYet:
    """The connection ended."""
    return _not_yet(
        f"Pane {pane} lost its connection; F9 reconnects, or n. Nothing is sent again by itself.",
        f"ペイン{pane}の接続が切れました。F9かnで再接続します。自動で再実行されることはありません。",
    )


def wrong_tag(pane: str, of: str, tag: str, wanted: str) -> NotYet:
    """Another command tag."""
    return _not_yet(
        f"Pane {pane}: `{_short(of)}` answered {one_line(tag, 40) or 'nothing'}, not {wanted}.",
        f"ペイン{pane}: `{_short(of)}` の結果が {wanted} ではなく {one_line(tag, 40) or 'なし'} でした。",
    )


def wrong_time(pane: str, of: str, took_ms: float, least_ms: int, most_ms: int | None) -> NotYet:
    """Slower or quicker than it should be."""
    wanted = f"{least_ms} ms" if most_ms is None else f"{least_ms}-{most_ms} ms"
    return _not_yet(
        f"Pane {pane}: `{_short(of)}` took {took_ms:.0f} ms; {wanted} expected. n runs it again.",
        f"ペイン{pane}: `{_short(of)}` の所要時間は {took_ms:.0f} msでした（期待値は {wanted}）。nで再実行します。",
    )


def wrong_figure(name: str, figure: str, wanted: str) -> NotYet:
    """A measured figure lies outside its bounds."""
    said = name.replace("_", " ")
    return _not_yet(
        f"{said} is {figure}; {wanted} expected. Change the SQL, then n measures again.",
        f"{said} が {figure} です（期待値は {wanted}）。SQLを変更し、nでもう一度実行してください。",
    )


def not_first(pane: str, other: str, of: str) -> NotYet:
    """The other pane was quicker."""
    return _not_yet(
        f"`{_short(of)}` of pane {other} came before that of pane {pane}; b goes back, r resets the lab.",
        f"`{_short(of)}` はペイン{other}のほうがペイン{pane}より先でした。bで戻るか、rでリセットします。",
    )


def no_rows(pane: str, of: str) -> NotYet:
    """No result set at all."""
    return _not_yet(
        f"Pane {pane}: `{_short(of)}` returned no rows.", f"ペイン{pane}: `{_short(of)}` は行を返しませんでした。"
    )


def wrong_count(pane: str, of: str, count: int, wanted: str) -> NotYet:
    """Another number of rows; `wanted` is a number, or `3+`."""
    return _not_yet(
        f"Pane {pane}: `{_short(of)}` returned {count} row(s), {wanted} expected.",
        f"ペイン{pane}: `{_short(of)}` の結果は {count} 行でした（期待値は {wanted} 行）。",
    )


def wrong_value(pane: str, of: str, value: str, wanted: str) -> NotYet:
    """Another value."""
    shown, expected = one_line(value, 40), one_line(wanted, 60)
    return _not_yet(
        f"Pane {pane}: `{_short(of)}` shows {shown}, expected {expected}. n runs it again; r resets the lab.",
        f"ペイン{pane}: `{_short(of)}` の結果が {shown} です（期待値は {expected}）。nで再実行、rでリセットします。",
    )


def lacks(pane: str, of: str, wanted: str) -> NotYet:
    """A value or text that should be there is not."""
    expected = one_line(wanted, 60)
    return _not_yet(
        f"Pane {pane}: the result of `{_short(of)}` does not hold {expected}.",
        f"ペイン{pane}: `{_short(of)}` の結果に {expected} がありません。",
    )


def not_refused(pane: str, of: str, sqlstate: str) -> NotYet:
    """It succeeded, and should not have."""
    return _not_yet(
        f"Pane {pane}: `{_short(of)}` succeeded, but this step shows how it fails with {sqlstate}. "
        "Something before it went another way; r resets the lab.",
        f"ペイン{pane}: `{_short(of)}` が成功しましたが、ここでは {sqlstate} で失敗するはずです。"
        "前の手順が異なっているため、rでリセットしてください。",
    )


def other_refusal(pane: str, of: str, sqlstate: str, wanted: str, message: str) -> NotYet:
    """It failed otherwise than meant."""
    return _not_yet(
        f"Pane {pane}: `{_short(of)}` failed with {sqlstate} ({one_line(message, 80)}), not with {wanted}.",
        f"ペイン{pane}: `{_short(of)}` は {wanted} ではなく {sqlstate} で失敗しました（{one_line(message, 80)}）。",
    )


def different(of: str) -> NotYet:
    """The panes do not agree."""
    return _not_yet(
        f"The two panes gave different results for `{_short(of)}`; run it in both once more.",
        f"`{_short(of)}` の結果が2つのペインで異なります。もう一度両方で実行してください。",
    )


def not_connected(pane: str) -> NotYet:
    """There is no session."""
    return _not_yet(
        f"Pane {pane} is not connected; n or F9 connects it.",
        f"ペイン{pane}は未接続です。nかF9で接続します。",
        is_untouched=True,
    )


def other_user(pane: str, user: str, wanted: str) -> NotYet:
    """Connected as somebody else."""
    now = one_line(user, 40) or "-"
    return _not_yet(
        f"Pane {pane} is connected as {now}, not as {wanted}; n brings the role back.",
        f"ペイン{pane}の接続ユーザーは {now} です（{wanted} が必要）。nで切り替えます。",
        is_untouched=True,
    )


def still_connected(pane: str) -> NotYet:
    """The connection has not ended."""
    return _not_yet(
        f"Pane {pane} still has its connection.", f"ペイン{pane}の接続はまだ切れていません。", is_untouched=True
    )


def not_acted() -> NotYet:
    """The step waits for n."""
    return _not_yet("Press n when you have read it.", "読み終えたら n を押してください。", is_untouched=True)


def not_asked() -> NotYet:
    """The question to the database is under way."""
    return _not_yet("Asking the database …", "データベースに問い合わせています…", is_untouched=True)


def wrong_state_after(pane: str, state: TransactionState, wanted: TransactionState) -> NotYet:
    """The step's SQL left another transaction state than it should."""
    now, want = _STATE_WORDS[state], _STATE_WORDS[wanted]
    return _not_yet(
        f"Pane {pane}: after this step there should be {want.en}; there is {now.en}.",
        f"ペイン{pane}: このステップのあとは「{want.ja}」のはずですが、「{now.ja}」です。",
    )


def partly_run(pane: str, done: int, total: int, following: str) -> NotYet:
    """Some of the step's statements were run."""
    return _not_yet(
        f"Pane {pane}: {done} of {total} statements run; next is `{_short(following)}`. n runs the rest.",
        f"ペイン{pane}: {total}文のうち{done}文を実行しました。次は `{_short(following)}` です。nで残りを実行します。",
        is_untouched=True,
    )


def transaction_missing(pane: str) -> NotYet:
    """The step goes on in a transaction that is not there."""
    return _not_yet(
        f"{pane}'s transaction is over, and this step goes on in it. n or b goes back to its begin; r resets the lab.",
        f"このステップはペイン{pane}のトランザクションの続きですが、そのトランザクションはすでに終了しています"
        "（または新しいセッションです）。nかbで開始のステップに戻るか、rでリセットします。",
    )


def transaction_in_the_way(pane: str) -> NotYet:
    """A transaction is open that this step did not begin."""
    return _not_yet(
        f"Pane {pane} has an open transaction that does not belong to this step. n again rolls it back and runs "
        "the step; or end it yourself with `commit` or `rollback`.",
        f"ペイン{pane}に、このステップとは関係のないトランザクションが残っています。もう一度nを押すと、"
        "ロールバックしてステップを実行します。自分で `commit` か `rollback` を実行してもかまいません。",
    )


def transaction_failed(pane: str) -> NotYet:
    """The transaction that this step began has failed."""
    return _not_yet(
        f"The transaction in pane {pane} has failed. n rolls it back and runs the step again from `begin`.",
        f"ペイン{pane}のトランザクションは失敗しています。nでロールバックし、`begin` からステップをやり直します。",
    )


def transaction_failed_earlier(pane: str) -> NotYet:
    """A transaction that an earlier step began has failed."""
    return _not_yet(
        f"The transaction in pane {pane} has failed. n rolls it back and goes back to the step that begins it.",
        f"ペイン{pane}のトランザクションは失敗しています。nでロールバックし、開始のステップに戻ります。",
    )
