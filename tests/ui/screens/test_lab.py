"""Lab mode: the panel, steps in the editors, checks on what happened, resume, reset, languages."""

import re
from pathlib import Path

import pytest

from dsqltui.core.kept.lab_progress import LabProgress, StepStatus
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.labs.files.template import TEMPLATE
from dsqltui.labs.services import LIST
from dsqltui.labs.text import Language
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.features.lab.dialogs import LabsDialog
from support.screens.fake_session import refused, rows
from support.screens.students import ANSWER, Faults, lab

NEEDING = """
reset = "delete from t;"
[[needs]]
query = "select count(*) from t"
value = "0"
say.en = "The table is dirty; r cleans it."
say.ja = "テーブルに行が残っています。rで削除できます。"
repaired_by_reset = true
"""


@pytest.mark.parametrize("size", [(140, 40), (80, 24)], ids=["wide", "small"])
async def test_a_lab_from_its_first_step_to_the_report(tmp_path: Path, size: tuple[int, int]) -> None:
    async with lab(tmp_path, size=size) as student:
        await student.until_shown("Step 1/2 pane A")
        assert student.panel.has_class("-band") is (size[0] < 100)
        assert student.console.pane_a.editor.text == "begin;\nselect 40 + 2 as answer;"
        assert student.console.a.sent == [], "nothing runs by itself"
        await student.press("n")
        await student.until_shown("✓ Done.")
        assert student.console.a.sent == ["begin", ANSWER]
        await student.press("n")
        await student.until_shown("The answer was 42.")
        assert student.console.pane_a.editor.text == "commit;"
        await student.press("n")
        await student.until_shown("✓ Done.")
        await student.press("n")
        await student.until_shown("Press 1 to 2.")
        await student.press("1")
        await student.until_shown("Right.")
        await student.console.until(lambda: list(student.reports.glob("01-mine-*.md")))
        assert student.store.load()["mine"].is_done
        await student.press("2")
        await student.until_shown("Not right")
        await student.console.until(lambda: student.store.load()["mine"].answer == 2)
        assert len(list(student.reports.glob("*.md"))) == 1, "another answer is in the same report"


async def test_typing_it_oneself_passes_too_and_an_edited_step_is_told(tmp_path: Path) -> None:
    async with lab(tmp_path) as student:
        await student.until_shown("Step 1/2")
        student.console.a.answer("select 41 as answer", rows("answer", ("41",)))
        student.console.pane_a.editor.load_text("begin;\nselect 41 as answer;")
        await student.press("n")
        await student.until_shown("expected 42")
        student.console.pane_a.editor.load_text(f"{ANSWER};")
        student.console.app.console_screen.go_to("A")
        await student.console.press("f5")
        await student.until_shown("✓ Done.")


async def test_an_editor_without_the_step_gets_it_back(tmp_path: Path) -> None:
    async with lab(tmp_path) as student:
        await student.until_shown("Step 1/2")
        student.console.pane_a.editor.load_text("")
        await student.press("n")
        await student.until_shown("was put back")
        assert student.console.a.sent == []
        assert student.console.pane_a.editor.text.endswith("select 40 + 2 as answer;")


async def test_skipping_leads_to_a_step_that_cannot_begin_and_says_why(tmp_path: Path) -> None:
    async with lab(tmp_path) as student:
        await student.until_shown("Step 1/2")
        await student.press("s")
        await student.until_shown("Step 2/2")
        await student.press("n")
        await student.until_shown("transaction is over")
        assert student.console.a.sent == [], "a commit without its transaction is not sent"
        await student.press("b")
        await student.until_shown("Step 1/2")


async def test_a_refusal_is_told_with_its_words(tmp_path: Path) -> None:
    async with lab(tmp_path) as student:
        await student.until_shown("Step 1/2")
        student.console.a.answer(ANSWER, refused("42P01", "no such thing"))
        await student.press("n")
        await student.until_shown("was refused (42P01 no such thing)")


async def test_a_lost_connection_is_told_and_nothing_is_replayed(tmp_path: Path) -> None:
    async with lab(tmp_path) as student:
        await student.until_shown("Step 1/2")
        student.console.a.hang()
        await student.press("n")
        await student.console.until(lambda: student.console.a.is_running)
        student.console.a.break_off("network gone")
        await student.until_shown("lost its connection; F9 reconnects")
        assert student.console.a.sent == ["begin"]


async def test_a_lab_is_resumed_at_the_step_that_opens_the_transaction(tmp_path: Path) -> None:
    kept = LabProgress("mine", at="commit", statuses={"begin-and-look": StepStatus.PASSED}, values={"answer": "42"})
    async with lab(tmp_path, progress=kept) as student:
        await student.until_shown("a transaction does not outlive its session")
        assert student.console.pane_a.editor.text.startswith("begin;")


async def test_the_language_can_be_changed_while_reading(tmp_path: Path) -> None:
    async with lab(tmp_path, language=Language.JAPANESE) as student:
        await student.until_shown("ステップ 1/2 ペインA")
        await student.press("h")
        await student.until_shown("ヒント: nで両方の文を実行します。")
        await student.press("g")
        await student.until_shown("Hint: n runs both statements.")


async def test_what_is_needed_is_told_and_the_reset_repairs_it(tmp_path: Path) -> None:
    toml = TEMPLATE.replace("\n[[step]]", NEEDING + "\n[[step]]", 1)
    async with lab(tmp_path, toml) as student:
        student.observer.answer("select count(*) from t", rows("count", ("3",)))
        await student.console.until(lambda: "Step 1/2" in student.text)
        await student.press("l")
        await student.console.until(lambda: isinstance(student.console.app.screen, LabsDialog))
        await student.console.press("enter")
        await student.until_shown("The table is dirty; r cleans it.")
        student.console.app.console_screen.go_to("A")
        student.console.write("begin;")
        await student.console.press("f5")
        await student.console.until(lambda: student.console.a.state is TransactionState.OPEN)
        await student.press("r")
        await student.console.until(lambda: isinstance(student.console.app.screen, Question))
        await student.console.until(lambda: "delete from t;" in student.dialog)
        student.observer.answer("select count(*) from t", rows("count", ("0",)))
        await student.console.press("y")
        await student.until_shown("The lab was reset.")
        assert "delete from t" in student.observer.sent
        assert "delete from t" not in student.console.a.sent, "no pane's session is used"
        await student.console.until(lambda: student.console.a.state is TransactionState.IDLE)
        assert "The table is dirty" not in student.text


async def test_on_aws_what_a_lab_makes_is_agreed_to_once(tmp_path: Path) -> None:
    toml = TEMPLATE.replace("\n[[step]]", '\ncreates.en = "a table t"\ncreates.ja = "テーブル t"\n[[step]]', 1)
    async with lab(tmp_path, toml) as student:
        await student.console.until(lambda: isinstance(student.console.app.screen, Question))
        await student.console.until(lambda: "It makes: a table t." in student.dialog)
        await student.console.press("n")
        await student.until_shown("No lab is chosen")
        await student.press("l")
        await student.console.until(lambda: isinstance(student.console.app.screen, LabsDialog))
        await student.console.press("enter")
        await student.console.until(lambda: isinstance(student.console.app.screen, Question))
        await student.console.press("y")
        await student.until_shown("Step 1/2")
        await student.press("s", "l")
        await student.console.until(lambda: isinstance(student.console.app.screen, LabsDialog))
        await student.console.press("enter")
        await student.until_shown("a transaction does not outlive its session")


async def test_faults_are_ended_when_the_console_closes(tmp_path: Path) -> None:
    step = '[[step]]\nid = "slow"\ndo = "faults"\nfaults = ["commit-latency=1"]\nsay = {en = "Slow.", ja = "遅延"}\nhint = {en = "n", ja = "nで"}\n\n[question]'
    toml = TEMPLATE.replace("[question]", step).replace("format = 2", "format = 2\nsimulator_only = true")
    faults = Faults()
    kept = LabProgress("mine", at="slow", statuses={})
    async with lab(tmp_path, toml, progress=kept, faults=faults) as student:
        await student.until_shown("Step 3/3")
        await student.press("n")
        await student.until_shown("✓ Done.")
        assert faults.changes == ["commit-latency=1"]
        await student.console.app.console_screen.close()
    assert faults.changes == ["commit-latency=1", "commit-latency=default"]


async def test_a_lab_that_needs_the_simulator_says_so_elsewhere(tmp_path: Path) -> None:
    async with lab(tmp_path, TEMPLATE.replace("format = 2", "format = 2\nsimulator_only = true")) as student:
        await student.until_shown("dsqltui lab run mine --local")


async def test_broken_files_are_told_in_the_console(tmp_path: Path) -> None:
    async with lab(tmp_path, TEMPLATE.replace('pane = "a"', 'pane = "x"', 1), start=LIST) as student:
        await student.until_shown("pane: must be")


async def test_a_presenters_play_stops_before_the_question_and_can_be_paused(tmp_path: Path) -> None:
    async with lab(tmp_path, pace_s=0.01) as student:
        await student.until_shown("Auto stops before a question")
        assert student.console.a.sent == ["begin", ANSWER, "commit"]
        await student.press("p")
        await student.console.until(lambda: "AUTO paused" in student.dialog)
        await student.press("p", "1")
        await student.until_shown("Right.")


async def test_a_presenters_play_says_what_is_missing(tmp_path: Path) -> None:
    toml = TEMPLATE.replace("\n[[step]]", NEEDING + "\n[[step]]", 1)
    async with lab(tmp_path, toml, pace_s=0.01) as student:
        await student.until_shown("Auto waits: the lab needs something")
        assert student.console.a.sent == []


async def test_n_waits_for_what_a_lab_needs(tmp_path: Path) -> None:
    toml = TEMPLATE.replace("\n[[step]]", NEEDING + "\n[[step]]", 1)
    async with lab(tmp_path, toml) as student:
        await student.until_shown("Enter prepares it")
        await student.press("n")
        await student.until_shown("needs something that is not there")
        assert student.console.a.sent == []


async def test_a_student_writes_a_step_and_gets_hints_in_three_steps(tmp_path: Path) -> None:
    toml = TEMPLATE.replace('sql = """\nbegin;', 'solution = """\nbegin;')
    async with lab(tmp_path, toml) as student:
        await student.until_shown("Your turn")
        assert student.console.pane_a.editor.text == ""
        await student.press("h", "h", "h")
        await student.until_shown("select 40 + 2 as answer")
        student.console.app.console_screen.go_to("A")
        student.console.write(f"begin;\n{ANSWER};")
        await student.press("n")
        await student.until_shown("✓ Done.")
        assert student.console.a.sent == ["begin", ANSWER]


async def test_n_rolls_a_failed_transaction_back_and_runs_the_step_again(tmp_path: Path) -> None:
    async with lab(tmp_path) as student:
        await student.until_shown("Step 1/2")
        student.console.a.answer(ANSWER, refused("40001", "schema has been updated by another transaction (OC001)"))
        await student.press("n")
        await student.until_shown("n rolls back and runs the step again")
        student.console.a.answer(ANSWER, rows("answer", ("42",)))
        await student.press("n")
        await student.until_shown("✓ Done.")
        assert student.console.a.sent == ["begin", ANSWER, "rollback", "begin", ANSWER]


async def test_a_prediction_comes_before_the_text_that_tells_it(tmp_path: Path) -> None:
    asked = 'predict = { ask = { en = "Which?" }, answer = { en = "So." }, right = 2, choice = [{ en = "41" }, { en = "42" }] }'
    async with lab(tmp_path, TEMPLATE.replace('id = "begin-and-look"', f'id = "begin-and-look"\n{asked}')) as student:
        await student.until_shown("Predict it first. Which?")
        assert "ask for the answer" not in student.text
        await student.press("n")
        await student.until_shown("Predict first: press 1 to 2")
        assert student.console.a.sent == []
        await student.press("1")
        await student.until_shown("ask for the answer")
        await student.press("n")
        await student.until_shown("You predicted: 41 So.")


async def test_a_key_of_the_lab_closes_its_help(tmp_path: Path) -> None:
    async with lab(tmp_path) as student:
        await student.until_shown("Step 1/2")
        await student.press("question_mark")
        await student.until_shown("skip this step")
        await student.press("h")
        await student.console.until(lambda: "skip this step" not in student.text)


async def test_the_panel_moves_when_the_console_becomes_narrow(tmp_path: Path) -> None:
    async with lab(tmp_path) as student:
        await student.until_shown("Step 1/2")
        assert student.panel.has_class("-column")
        await student.console.pilot.resize_terminal(80, 24)
        await student.console.until(lambda: student.panel.has_class("-band"))
        await student.until_shown("Step 1/2")
        await student.console.press("shift+f7")
        await student.console.until(lambda: "Step 1/2" not in student.dialog)


async def test_the_first_line_says_how_much_is_out_of_sight(tmp_path: Path) -> None:
    async with lab(tmp_path, size=(80, 24)) as student:
        await student.until_shown("Step 1/2")
        await student.console.until(lambda: re.search(r"↓\d+\s+░", student.dialog))
        await student.press("pagedown")
        await student.console.until(lambda: "↓" not in student.dialog.partition("Lab 1")[2])
        await student.press("pageup")
        await student.console.until(lambda: re.search(r"↓\d+\s+░", student.dialog))
