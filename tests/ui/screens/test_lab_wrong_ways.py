"""What the lab panel says when something goes another way than the lab meant."""

from pathlib import Path

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.labs.files.template import TEMPLATE
from dsqltui.ui.features.lab.dialogs import LabsDialog
from support.screens.fake_roles import FakeSwitcher, denied
from support.screens.fake_session import rows
from support.screens.students import ANSWER, lab

NEED = """
[[needs]]
query = "select n from t"
value = "1"
say.en = "It was changed before; Enter or r puts it back."
say.ja = "変更されています。Enterかrで元に戻せます。"
repaired_by_reset = true
"""
ROLE = """
[[step]]
id = "become"
do = "role"
pane = "both"
user = "reports"
iam_role = "arn:aws:iam::{account}:role/RewardsReadOnlyAccess"
session = "readonly"
say.en = "Become reports."
say.ja = "reportsに切り替えます。"
hint.en = "n does it."
hint.ja = "nで切り替わります。"
"""
CONNECT = """
[[step]]
id = "connect"
do = "connect"
pane = "both"
say.en = "Open both sessions."
say.ja = "両方のセッションを開きます。"
hint.en = "n opens them."
hint.ja = "nで開きます。"
"""


async def test_a_transaction_in_the_way_of_connecting_is_rolled_back_by_the_second_n(tmp_path: Path) -> None:
    async with lab(tmp_path, TEMPLATE.replace("\n[[step]]", CONNECT + "\n[[step]]", 1), start="") as student:
        student.console.write("begin;")
        await student.console.press("f5")
        await student.console.until(lambda: student.console.a.state is TransactionState.OPEN)
        await student.console.press("shift+f7")
        await student.console.until(lambda: isinstance(student.console.app.screen, LabsDialog))
        await student.console.press("enter")
        await student.until_shown("Open both sessions.")
        await student.press("n")
        await student.until_shown("does not belong to this step")
        assert student.console.a.state is TransactionState.OPEN
        await student.press("n")
        await student.until_shown("✓ Done.")
        assert student.console.a.sent[-1] == "rollback"


async def test_a_role_that_is_refused_is_told_in_the_panel(tmp_path: Path) -> None:
    switcher = FakeSwitcher()
    switcher.refusal = denied()
    async with lab(tmp_path, TEMPLATE.replace("\n[[step]]", ROLE + "\n[[step]]", 1), roles=switcher) as student:
        await student.until_shown("Become reports.")
        await student.press("n")
        await student.until_shown("ROLE NOT SWITCHED: AssumeRole is denied. n tries again; h helps.")
        switcher.refusal = None
        await student.press("n")
        await student.until_shown("✓ Done.")
        assert "NOT SWITCHED" not in student.text


async def test_back_at_the_first_step_the_panel_says_what_the_lab_has_changed(tmp_path: Path) -> None:
    async with lab(tmp_path, TEMPLATE.replace("\n[[step]]", NEED + "\n[[step]]", 1)) as student:
        student.observer.answer("select n from t", rows("n", ("1",)))
        await student.console.until(lambda: "Step 1/2" in student.text)
        await student.press("r")
        await student.console.until(lambda: "Reset the lab?" in student.dialog)
        await student.console.press("y")
        await student.until_shown("The lab was reset.")
        await student.press("n")
        await student.until_shown("✓ Done.")
        await student.press("n")
        await student.until_shown("Step 2/2")
        student.observer.answer("select n from t", rows("n", ("2",)))
        await student.press("b")
        await student.until_shown("It was changed before; Enter or r puts it back.")


async def test_what_was_told_goes_when_the_student_runs_something(tmp_path: Path) -> None:
    async with lab(tmp_path) as student:
        await student.until_shown("Step 1/2")
        await student.press("s", "b")
        await student.press("s")
        await student.until_shown("Step skipped.")
        student.console.app.console_screen.go_to("A")
        student.console.pane_a.editor.load_text(f"{ANSWER};")
        await student.console.press("f5")
        await student.console.until(lambda: ANSWER in student.console.a.sent)
        await student.console.until(lambda: "Step skipped." not in student.text)
