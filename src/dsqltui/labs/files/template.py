"""What `dsqltui lab new` writes: a lab of two steps that loads, plays, and shows every common key."""

TEMPLATE = """\
format = 2

title.en = "A lab of my own"
title.ja = "自作のラボ"
goal.en = "One sentence: what the student can do afterwards."
goal.ja = "このラボで身に付くことを1文で書きます。"
watch.en = "What to look at while doing it."
watch.ja = "実行中に注目する点を書きます。"

[[step]]
id = "begin-and-look"
pane = "a"
sql = \"\"\"
begin;
select 40 + 2 as answer;
\"\"\"
say.en = "Begin a transaction in pane A and ask for the answer."
say.ja = "ペインAでトランザクションを開始し、答えを求めます。"
hint.en = "n runs both statements."
hint.ja = "nで両方の文を実行します。"
[[step.expect]]
check = "rows"
of = "select"
value = "42"
[[step.capture]]
name = "answer"
of = "select"
column = "answer"

[[step]]
id = "commit"
pane = "a"
sql = "commit;"
say.en = "The answer was {answer}. End the transaction."
say.ja = "答えは {answer} でした。トランザクションを終了します。"
hint.en = "One statement: commit."
hint.ja = "commitだけを実行します。"
[[step.expect]]
check = "ran"
of = "commit"
tag = "COMMIT"

[question]
ask.en = "A question about what was seen?"
ask.ja = "見たことについての質問を書きます。"
right = 1
answer.en = "Why this is the answer."
answer.ja = "なぜそれが正解なのかを書きます。"
[[question.choice]]
en = "The right answer"
ja = "正解"
[[question.choice]]
en = "A wrong one"
ja = "不正解"

# More that a step may have (docs/labs.md):
# solution = "commit;"                 instead of sql: the student writes it, h helps in three steps
# predict.ask.en = "What will come?"   asked before it runs, with predict.choice, predict.right, predict.answer
# ways = ["commit;", "end;"]           other SQL that is right too; lab check plays it as well
"""
