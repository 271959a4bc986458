"""Labs in a real terminal on a real simulator: the workshop's three heart pieces, and a new user's wrong ways."""

import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from dsqltui.core.scripts.statement import split
from dsqltui.core.text.wrapping import cells
from dsqltui.labs.files.load import read_labs, shipped_labs
from dsqltui.labs.model import AnswerQuiz, Lab, LabStep, OpenView, RunSql
from dsqltui.labs.text import filled_sql
from dsqltui.resources import data
from support.screens.terminal import Terminal
from support.servers.simulator import running_simulator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

F2, F3, F5, F9 = "\x1bOQ", "\x1bOR", "\x1b[15~", "\x1b[20~"
CTRL_Q, CTRL_C, CTRL_G = "\x11", "\x03", "\x07"
SIZES = [pytest.param(80, 24, "ja", id="80x24-ja"), pytest.param(160, 45, "en", id="160x45-en", marks=pytest.mark.long)]
_FIELD_OF_ASSISTANT = re.compile(r"IAM ?(?:role|ロール)  +Rewards")
_STEP = re.compile(r"(?:Step|ステップ) (\d+)/\d+")


class Student:
    """Sits at a terminal with a lab in it."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        # both panes are connected, the first step is there, and the panel has the keys
        terminal.wait_for("F5", "1/", lambda screen: "connecting" not in screen and screen.count("admin") >= 2)
        terminal.wait_until_quiet(0.6)
        self.seen = ""

    @property
    def screen(self) -> str:
        return self.terminal.text

    def send(self, keys: str) -> str:
        """Type, and read on until the screen rests."""
        self.terminal.send(keys)
        self.terminal.wait_until_quiet(0.6, 30)
        self.seen += self.screen
        return self.screen

    def do(self, lab: Lab, most: int = 100) -> None:
        """Do what each step asks for: predict, write, press n when the one before has done its work; to the question."""
        begun = 0
        for _ in range(most):
            if is_at_the_question(self.screen):
                self.terminal.wait_until_quiet()
                return
            self.terminal.wait_for(lambda screen: standing(screen) is not None or is_at_the_question(screen))
            if (now := standing(self.screen)) is None:
                continue  # the question
            step = lab.steps[now.number - 1]
            if now.number > begun:
                begun = now.number
                self.begin(step)
            before = standing(self.screen)
            self.terminal.send("n")
            if isinstance(step.action, OpenView) and step.action.view == "access" and not now.is_passed:
                self.read_the_assistant()
            self.seen += self.terminal.wait_for(partial(_is_further, (None, before)))
        raise AssertionError(f"the lab did not come to its end\n{self.screen}")

    def begin(self, step: LabStep) -> None:
        """Answer what the step asks before it is done, and write what it lets the student write."""
        asked = step.action.question if isinstance(step.action, AnswerQuiz) else step.predict
        if asked is not None:
            self.terminal.wait_until_quiet()
            self.send(str(asked.right))
        if isinstance(step.action, RunSql) and step.action.is_own_work:
            self.send("\x1b")
            for pane in step.panes:
                self.send(F2 if pane == "A" else F3)
                self.send(f"\x1b[200~{filled_sql(step.action.sql, {'account': '111122223333'})}\x1b[201~")
            self.send(f"{CTRL_G}5")

    def read_the_assistant(self) -> None:
        """What n opens in front of the panel; Esc closes it."""
        self.terminal.wait_for(lambda screen: _FIELD_OF_ASSISTANT.search(screen) is not None)
        self.terminal.send("\x1b")
        self.terminal.wait_for(lambda screen: _FIELD_OF_ASSISTANT.search(screen) is None)

    def leave(self) -> None:
        self.send(CTRL_Q)
        self.terminal.send(CTRL_Q)
        self.terminal.wait_for_exit()


@pytest.fixture
def with_data(tmp_path: Path) -> Path:
    """A home whose simulator has the workshop's schema and data."""
    folder = tmp_path / "dsqltui"
    folder.mkdir()
    with running_simulator(folder) as simulator, simulator.connect() as connection:
        for name in ("ddl.sql", "load_rewards_data.sql"):
            for statement in split((data("sql") / "rewards" / name).read_text(encoding="utf-8")):
                connection.execute(statement.text.encode())
        for (job,) in connection.execute("select job_id from sys.jobs").fetchall():
            connection.execute(f"call sys.wait_for_job('{job}')")  # one that ends amid a lab is OC001 to it
    (folder / "sim").rename(folder / "simulator")
    return tmp_path


def student(home: Path, lab: str, lang: str, columns: int, rows: int) -> Terminal:
    return Terminal(
        [sys.executable, "-m", "dsqltui", "lab", "run", lab, "--local", "--lang", lang],
        columns=columns,
        rows=rows,
        env={"XDG_DATA_HOME": str(home), "XDG_STATE_HOME": str(home), "XDG_CONFIG_HOME": str(home), "HOME": str(home)},
    )


def _is_further(at_first: tuple[object, ...], screen: str) -> bool:
    return is_at_the_question(screen) or standing(screen) not in at_first


def is_at_the_question(screen: str) -> bool:
    """Whether the panel asks the closing question; predictions are asked within a step."""
    heading = re.search(r"(?:^|[│▕]) *(?:Question|確認問題) *$", screen, re.MULTILINE)
    return heading is not None and standing(screen) is None and _STEP.search(screen) is None


class Standing(NamedTuple):
    """What the panel shows of a step."""

    number: int
    is_passed: bool
    is_not_yet: bool
    """Whether it says that the step is not done yet."""


def standing(screen: str) -> Standing | None:
    """None while the panel is being painted, and at the closing question."""
    step = _STEP.search(screen)
    key = re.search(r"\bn (run|next|実行|次へ)", screen)
    if step is None or key is None:
        return None
    is_not_yet = "Not yet: " in screen or "未完了: " in screen
    return Standing(int(step[1]), key[1] in ("next", "次へ"), is_not_yet)


def is_aligned(screen: str, columns: int) -> bool:
    """Whether every row takes exactly the screen's cells: wide letters are where the terminal puts them."""
    return all(cells(row) == columns for row in screen.split("\n"))


@pytest.mark.parametrize(("columns", "rows", "lang"), SIZES)
def test_the_workshop_in_a_terminal(tmp_path: Path, columns: int, rows: int, lang: str) -> None:
    labs = {str(lab.number): lab for lab in read_labs(shipped_labs())}
    for number, wanted in (
        ("1", ["11,030", "行" if lang == "ja" else "rows"]),
        ("3", ["OC000", "201 Rocky Blvd"]),
        ("7", ["OC000", "712"]),
        ("8", ["42501", "permission denied", "RewardsReadOnlyAccess", "RewardsReadWriteAccess", "UPDATE 1"]),
    ):
        with student(tmp_path, number, lang, columns, rows) as terminal:
            person = Student(terminal)
            person.do(labs[number])
            for text in wanted:
                assert text in person.seen, f"lab {number} did not show {text!r}\n{person.screen}"
            assert is_aligned(person.screen, columns)
            person.send("1")
            reports = list((tmp_path / "dsqltui" / "labs" / "reports").glob(f"{int(number):02}-*.md"))
            assert len(reports) == 1
            person.leave()


def test_a_new_users_wrong_ways(with_data: Path) -> None:
    with student(with_data, "3", "en", 120, 40) as terminal:
        person = Student(terminal)
        terminal.wait_for("Step 1/6")
        person.send("ss")
        assert "Step 3/6" in person.screen
        person.send("n")
        told = squeezed(person.screen)
        assert "transaction is over" in told, "a step in a transaction that nobody began"
        person.send("bb")
        person.send("\x1b")  # to the editor
        person.send(
            F3
            + "\x1b[1;5F\rselect address from xpoints.customers where username = 'carlos_salazar_125@example.edu';"
            + F5
        )
        told = squeezed(person.screen)
        assert "ran in pane B; this step is for pane A" in told, told
        person.send(F2 + CTRL_G + "n")
        terminal.wait_for(lambda screen: "Done." in screen)
        person.send(CTRL_Q)  # in the middle of a transaction
        terminal.wait_for("transaction")
        person.leave()

    with student(with_data, "3", "en", 120, 40) as terminal:
        person = Student(terminal)
        terminal.wait_for(lambda screen: "does not outlive" in squeezed(screen))
        assert "Step 1/6" in person.screen
        person.leave()


def squeezed(screen: str) -> str:
    """The right column as one line of text."""
    column = [re.split(r"[│▕]", row)[-1] for row in screen.split("\n")]
    return " ".join(" ".join(column).split())


def test_a_presenter_has_a_lab_played(with_data: Path) -> None:
    with Terminal(
        [*(sys.executable, "-m", "dsqltui", "lab", "run", "3", "--local", "--lang", "en"), "--auto", "--pace", "0.3"],
        columns=100,
        rows=30,
        env={"XDG_DATA_HOME": str(with_data), "XDG_STATE_HOME": str(with_data), "HOME": str(with_data)},
    ) as terminal:
        started = time.monotonic()
        terminal.wait_for("Auto stops before a question")
        terminal.send("3")  # the prediction of a-loses
        terminal.wait_for("Press 1 to 3.", "Question")
        terminal.send("2")
        terminal.wait_for("Right.")
        assert "201 Rocky Blvd" in terminal.text
        assert time.monotonic() - started > 1
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0
