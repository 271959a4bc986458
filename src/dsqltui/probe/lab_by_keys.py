"""Labs played as a person plays them: the real console in a pseudo-terminal, by the keys that its panel names.

`lab check` runs a lab's SQL without a screen, in a way that no person does. This one presses n, or F5 statement by
statement, in one session from the first lab to the last, and each lab once on a simulator where nothing was done. What
the panel says between the keys is read from the screen: a sentence that sends a person the wrong way is a failure too.
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from dsqltui.core.language import N_, _
from dsqltui.core.scripts.statement import split
from dsqltui.labs.model import AnswerQuiz, Lab, LabStep, OpenView, RunExploration, RunSql
from dsqltui.labs.runner import LabResult, StepResult
from dsqltui.labs.text import filled_sql
from dsqltui.probe.pty_program import PtyProgram

COLUMNS, ROWS = 160, 50
_F2, _F3, _F5, _ESC, _ENTER, _HOME, _DOWN = "\x1bOQ", "\x1bOR", "\x1b[15~", "\x1b", "\r", "\x1b[H", "\x1b[B"
_CTRL_G, _CTRL_Q = "\x07", "\x11"
_START_S, _STEP_S, _WORK_S, _QUIET_S = 90.0, 10.0, 120.0, 1.0
_TRIES = 4
_NEEDS = "Before it can begin"
_AT_WORK = ("Measuring", "Running in pane", "again by itself", "Asking", "Preparing")
_MISLEADING = ("does not belong to this step", "only rollback ends it", "after this step there should be")
_KEPT_ENVIRONMENT = ("PATH", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


class Way(Enum):
    """How the labs are played; the value is a message."""

    NEXT = N_("one session, by n")
    STATEMENTS = N_("one session, by F5")
    FRESH = N_("each on a fresh simulator")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the panel shows of the step."""

    position: int
    """1-based; 0 at the closing question."""
    is_passed: bool
    reason: str
    """Why it is not done; empty when nothing is said."""


def standing(screen: str) -> Standing | None:
    """None while the panel is being painted."""
    text = panel_text(screen)
    if "Press 1 to" in text and "Question" in text and not re.search(r"Step \d+/", text):
        return Standing(0, False, "")
    step = re.search(r"Step (\d+)/\d+", text)
    key = re.search(r"\bn (run|next)\b", screen)
    if step is None or key is None:
        return None
    said = re.search(r"Not yet: (.{0,240})", text)
    return Standing(int(step[1]), key[1] == "next", said[1] if said else "")


def panel_text(screen: str) -> str:
    """The panel's column, on one line."""
    column = [re.split(r"[│▕]", row)[-1] for row in screen.split("\n")]
    return " ".join(" ".join(column).split())


class Learner:
    """Sits before a console with labs in it."""

    def __init__(self, program: PtyProgram, labs: Sequence[Lab]) -> None:
        self._program = program
        self._labs = labs
        self.values: dict[str, str] = {"account": "111122223333"}
        """What the labs' solutions may name."""

    @property
    def screen(self) -> str:
        """What is to be seen."""
        return self._program.text

    def waits_until_connected(self) -> bool:
        """Whether both panes came up."""
        return self._program.wait_for(
            lambda screen: "connecting" not in screen and screen.count("admin") >= 2 and "F5" in screen,
            within_s=_START_S,
        )

    def opens(self, lab: Lab) -> str:
        """Choose the lab from the list, which is open; what went wrong."""
        if not self._program.wait_for(lambda screen: "Enter begins" in screen, within_s=_STEP_S):
            return _("the list of labs does not open")
        self._program.settle(_never, quiet_s=0.3, within_s=2)
        self._program.send(_HOME + _DOWN * self._labs.index(lab) + _ENTER)
        return self.has_begun(lab)

    def has_begun(self, lab: Lab) -> str:
        """Wait for the lab's first step, what it needs prepared; what went wrong."""
        self._program.wait_for(
            lambda screen: (
                f"Lab {lab.number} " in screen and (standing(screen) is not None or _NEEDS in panel_text(screen))
            ),
            within_s=_START_S,
        )
        self._program.settle(_never, quiet_s=0.5, within_s=5)
        if _NEEDS in panel_text(self.screen):
            self._program.send("n")  # a person does not read; it must not lead into the ditch
            self._program.settle(_never, quiet_s=_QUIET_S, within_s=_STEP_S)
            self._program.send(_ENTER)
            if not self._program.wait_for(lambda screen: _NEEDS not in panel_text(screen), within_s=_WORK_S):
                return _("what it needs is not prepared by Enter: {panel}").format(panel=panel_text(self.screen)[:300])
            self._program.settle(_never, quiet_s=0.5, within_s=5)
        is_first = (now := standing(self.screen)) is not None and now.position <= 1
        return "" if is_first else _("its first step is not shown")

    def plays(self, lab: Lab, *, by_statement: bool, told: Callable[[StepResult], object]) -> LabResult:
        """The lab from its first step to the answer of its question."""
        started = time.monotonic()
        self.values |= lab.values
        result = LabResult(lab.id)
        for number, step in enumerate(lab.steps, 1):
            step_started = time.monotonic()
            one = StepResult(step.id, len(step.expect) + len(step.state_after))
            one.trouble = self._does(step, number, by_statement=by_statement)
            one.duration_s = time.monotonic() - step_started
            result.steps.append(one)
            told(one)
            if one.trouble:
                break
        else:
            result.trouble = self._answers(lab)
        result.duration_s = time.monotonic() - started
        return result

    def gives_up(self) -> None:
        """Reset the lab, as a person who is stuck does, and ask for the list."""
        self._program.send(f"{_CTRL_G}5")
        self._program.settle(_never, quiet_s=0.3, within_s=3)
        self._program.send("r")
        if self._program.wait_for(lambda screen: "Reset the lab?" in screen, within_s=_STEP_S):
            self._program.send("y")
            self._program.wait_for(lambda screen: "was reset" in screen or "did not succeed" in screen, within_s=30)
        self._program.send("l")

    def asks_for_the_next(self) -> None:
        """n at the end of a lab opens the list."""
        self._program.send("n")

    def leaves(self) -> None:
        """Ctrl+Q, also when something is open."""
        for _again in range(3):
            if self._program.is_running:
                self._program.send(_CTRL_Q)
                self._program.settle(_never, quiet_s=0.5, within_s=3)

    # -- a step --------------------------------------------------------------------------------------------------------

    def _does(self, step: LabStep, number: int, *, by_statement: bool) -> str:
        if not self._program.wait_for(lambda screen: _position(screen) == number, within_s=_STEP_S):
            return _("step {number} is not shown: {panel}").format(number=number, panel=panel_text(self.screen)[:200])
        trouble = ""
        asked = step.action.question if isinstance(step.action, AnswerQuiz) else step.predict
        if asked is not None:
            self._program.send(str(asked.right))
            self._program.settle(_never, quiet_s=0.3, within_s=3)
        if isinstance(step.action, RunSql) and step.action.is_own_work:
            trouble = self._writes(step, filled_sql(step.action.sql, self.values))
            next_key = f"{_CTRL_G}n"
        elif isinstance(step.action, RunExploration) and step.action.solution != step.action.scripts:
            self._replaces(step.action.solution)
            next_key = f"{_CTRL_G}n"
        elif by_statement and isinstance(step.action, RunSql):
            trouble = self._runs_statement_by_statement(step, step.action.sql)
            next_key = f"{_CTRL_G}n"
        else:
            next_key = "n"
        if trouble:
            return trouble
        if next_key != "n":
            self._settles(number)
        tries = 0
        while (now := self._rests()) is None or now.position == number:
            if now is not None and not now.is_passed:
                tries += 1
            if tries > _TRIES or now is None:
                said = now.reason if now is not None else ""
                return _("{count} times n, and the panel says: {panel}").format(
                    count=_TRIES, panel=said or panel_text(self.screen)[:300]
                )
            self._program.send(next_key)
            if isinstance(step.action, OpenView) and step.action.view == "access" and not now.is_passed:
                self._program.settle(_never, quiet_s=_QUIET_S, within_s=_STEP_S)
                self._program.send(_ESC)  # the assistant has been read
            self._settles(number, leaves_it=now.is_passed)
        if next_key != "n":
            self._program.send(f"{_CTRL_G}5")
            self._program.settle(_never, quiet_s=0.3, within_s=3)
        return ""

    def _rests(self) -> Standing | None:
        """What the panel shows once it is painted whole."""
        self._program.settle(_never, quiet_s=0.2, within_s=_STEP_S, part=panel_text)
        return standing(self.screen)

    def _settles(self, number: int, *, leaves_it: bool = False) -> None:
        """Until the step is passed or left, or it says why not and nothing moves any more."""

        def is_over(screen: str) -> bool:
            now = standing(screen)
            return now is not None and (now.position != number or (now.is_passed and not leaves_it))

        deadline = time.monotonic() + _WORK_S
        while time.monotonic() < deadline:
            if self._program.settle(is_over, quiet_s=_QUIET_S, within_s=_WORK_S, part=panel_text):
                return
            text = panel_text(self.screen)
            if (
                "Measuring" not in text
                and "Running in pane" not in text
                and "again by itself" not in text
                and "Asking" not in text
            ):
                return

    def _runs_statement_by_statement(self, step: LabStep, sql: str) -> str:
        self._program.send(_ESC)
        self._program.settle(_never, quiet_s=0.3, within_s=3)
        statements = split(sql)
        for pane in step.panes:
            self._program.send(_F2 if pane == "A" else _F3)
            self._program.settle(_never, quiet_s=0.3, within_s=3)
            for number, _statement in enumerate(statements, 1):
                self._program.send(_F5)
                self._program.settle(_never, quiet_s=0.5, within_s=_STEP_S)
                said = panel_text(self.screen)
                wrong = next((words for words in _MISLEADING if words in said.replace("`", "")), "")
                if wrong and number < len(statements):
                    told = _("F5 on statement {number} of {count}, and the panel says: … {wrong} …")
                    return told.format(number=number, count=len(statements), wrong=wrong)
        return ""

    def _writes(self, step: LabStep, solution: str) -> str:
        """Type the solution where the cursor is, as a paste of lines, and look that nothing of it runs by itself."""
        self._program.send(_ESC)
        self._program.settle(_never, quiet_s=0.3, within_s=3)
        for pane in step.panes:
            self._program.send(_F2 if pane == "A" else _F3)
            self._program.settle(_never, quiet_s=0.3, within_s=3)
            self._program.send(f"\x1b[200~{solution}\x1b[201~")
            self._program.settle(_never, quiet_s=0.5, within_s=5)
        return ""

    def _replaces(self, scripts: tuple[str, str]) -> None:
        """Both editors emptied, and written anew."""
        self._program.send(_ESC)
        for focus, script in zip((_F2, _F3), scripts, strict=True):
            self._program.send(focus)
            self._program.settle(_never, quiet_s=0.3, within_s=3)
            self._program.send(f"{_CTRL_G}ex")
            self._program.settle(_never, quiet_s=0.3, within_s=3)
            self._program.send(f"\x1b[200~{filled_sql(script, self.values)}\x1b[201~")
            self._program.settle(_never, quiet_s=0.5, within_s=5)

    def _answers(self, lab: Lab) -> str:
        if not self._program.wait_for(lambda screen: _position(screen) == 0, within_s=_STEP_S):
            return _("the closing question is not shown: {panel}").format(panel=panel_text(self.screen)[:200])
        self._program.send(str(lab.question.right))
        if not self._program.wait_for(lambda screen: "Right." in screen, within_s=_STEP_S):
            return _("the right answer is not taken")
        return ""


def _never(_screen: str) -> bool:
    """For waits that only silence ends."""
    return False


def _not_up(person: Learner) -> str:
    shown = "\n".join(line for line in person.screen.splitlines() if line.strip())
    return _("the console did not come up: {screen}").format(screen=shown)


def _position(screen: str) -> int | None:
    now = standing(screen)
    return now.position if now is not None else None


@contextmanager
def learner(labs: Sequence[Lab], start: str = "") -> Iterator[Learner]:
    """A console with the labs' folder, a home and a simulator of its own; `start` is a lab's id, empty: the list.

    Raises ImportError without pyte.
    """
    with tempfile.TemporaryDirectory(prefix="dsqltui-keys-") as home:
        env = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        env |= {"HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
        env |= dict.fromkeys(("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), home)
        folder = str(Path(labs[0].file).parent.resolve())
        argv = [sys.executable, "-m", "dsqltui", "lab", "run", *([start] if start else [])]
        argv += ["--local", "--lang", "en", "--dir", folder]
        with PtyProgram(argv, env, columns=COLUMNS, rows=ROWS) as program:
            person = Learner(program, labs)
            try:
                yield person
            finally:
                person.leaves()


def played_in_one_session(
    labs: Sequence[Lab],
    way: Way,
    told: Callable[[Lab, StepResult], object],
    finished: Callable[[Lab, LabResult], object],
    all_labs: Sequence[Lab] | None = None,
) -> list[LabResult]:
    """All labs one after the other; one that stops the learner is reset, and the next is begun."""
    results: list[LabResult] = []
    with learner(all_labs or labs) as person:
        if not person.waits_until_connected():
            finished(labs[0], result := LabResult(labs[0].id, trouble=_not_up(person)))
            return [result]
        for lab in labs:
            trouble = person.opens(lab)
            result = (
                LabResult(lab.id, trouble=trouble)
                if trouble
                else person.plays(
                    lab,
                    by_statement=way is Way.STATEMENTS,
                    told=lambda step, lab=lab: told(lab, step),  # type: ignore[misc]
                )
            )
            results.append(result)
            finished(lab, result)
            if result.is_good:
                person.asks_for_the_next()
            else:
                person.gives_up()
    return results


def played_fresh(
    labs: Sequence[Lab],
    told: Callable[[Lab, StepResult], object],
    finished: Callable[[Lab, LabResult], object],
    all_labs: Sequence[Lab] | None = None,
) -> list[LabResult]:
    """Each lab in a console and on a simulator of its own, by n."""
    results: list[LabResult] = []
    for lab in labs:
        with learner(all_labs or labs, lab.id) as person:
            if not person.waits_until_connected():
                result = LabResult(lab.id, trouble=_not_up(person))
            elif trouble := person.has_begun(lab):
                result = LabResult(lab.id, trouble=trouble)
            else:
                result = person.plays(lab, by_statement=False, told=lambda step, lab=lab: told(lab, step))  # type: ignore[misc]
            results.append(result)
            finished(lab, result)
    return results
