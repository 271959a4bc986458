"""Leaving a lab: what is open is offered to be rolled back, what was lent is given back, also when it is resumed."""

from pathlib import Path

from dsqltui.core.kept.lab_progress import LabProgress, StepStatus
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.labs.files.template import TEMPLATE
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.features.lab.dialogs import LabsDialog
from support.screens.fake_roles import FakeSwitcher
from support.screens.students import ANSWER, Student, lab

OTHER = {"02-other.toml": TEMPLATE.replace("A lab of my own", "Another lab")}
ROLE = """[[step]]
id = "become"
do = "role"
pane = "both"
user = "reports"
iam_role = "arn:aws:iam::{account}:role/RewardsReadOnlyAccess"
session = "readonly"
say = {en = "Become it.", ja = "切り替えます。"}
hint = {en = "n", ja = "nで"}

[[step]]"""
WITH_ROLE = TEMPLATE.replace("[[step]]", ROLE, 1)


async def chooses_the_other(student: Student) -> None:
    await student.press("l")
    await student.console.until(lambda: isinstance(student.console.app.screen, LabsDialog))
    await student.console.press("end", "enter")


async def begun(student: Student) -> None:
    await student.until_shown("Step 1/2")
    await student.press("n")
    await student.until_shown("✓ Done.")
    assert student.console.a.state is TransactionState.OPEN


async def test_a_transaction_that_is_open_is_offered_to_be_rolled_back(tmp_path: Path) -> None:
    async with lab(tmp_path, others=OTHER) as student:
        await begun(student)
        await chooses_the_other(student)
        await student.console.until(lambda: isinstance(student.console.app.screen, Question))
        await student.console.until(lambda: "A transaction is open" in student.dialog)
        await student.console.press("y")
        await student.console.until(lambda: "Another lab" in student.dialog)
        await student.console.until(lambda: student.console.a.state is TransactionState.IDLE)
        assert student.console.a.sent == ["begin", ANSWER, "rollback"]


async def test_it_stays_open_for_who_wants_it(tmp_path: Path) -> None:
    async with lab(tmp_path, others=OTHER) as student:
        await begun(student)
        await chooses_the_other(student)
        await student.console.until(lambda: isinstance(student.console.app.screen, Question))
        await student.console.press("escape")
        await student.console.until(lambda: "Another lab" in student.dialog)
        assert student.console.a.sent == ["begin", ANSWER]


async def test_a_role_that_a_lab_lent_is_given_back(tmp_path: Path) -> None:
    async with lab(tmp_path, WITH_ROLE, others=OTHER, roles=FakeSwitcher()) as student:
        sides = student.console.app.console_screen.sides
        await student.until_shown("Become it.")
        await student.press("n")
        await student.until_shown("✓ Done.")
        assert {side.queue.user for side in sides.values()} == {"reports"}
        await chooses_the_other(student)
        await student.console.until(lambda: {side.queue.user for side in sides.values()} == {"admin"})
        await student.console.until(lambda: "Another lab" in student.dialog)


async def test_a_lab_that_is_resumed_gets_its_role_again(tmp_path: Path) -> None:
    kept = LabProgress("mine", at="begin-and-look", statuses={"become": StepStatus.PASSED})
    async with lab(tmp_path, WITH_ROLE, progress=kept, roles=FakeSwitcher()) as student:
        sides = student.console.app.console_screen.sides
        await student.until_shown("Step 2/3")
        await student.console.until(lambda: {side.queue.user for side in sides.values()} == {"reports"})
