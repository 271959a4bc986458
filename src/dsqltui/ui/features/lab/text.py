"""What the lab panel says, as lines of looks and words: the lab's state in, text for a width out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.kept.lab_progress import StepStatus
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.core.text.wrapping import cells, shortened, wrapped
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.hints import hints_of
from dsqltui.labs.model import AnswerQuiz, ClosingQuestion, LabStep, Need, RunSql
from dsqltui.labs.text import Language, Text
from dsqltui.ui.features.lab import words
from dsqltui.ui.keys.user_keys import key_of


class Look(Enum):
    """How a piece of text looks; the value is the component class of styles/lab.tcss."""

    TEXT = "lab-panel--text"
    CODE = "lab-panel--code"
    HEAD = "lab-panel--head"
    QUIET = "lab-panel--quiet"
    GOOD = "lab-panel--good"
    NOT_YET = "lab-panel--not-yet"
    TOLD = "lab-panel--told"


Line = tuple[tuple[str, Look], ...]
"""Pieces of one line of the screen."""

_MARKS = {StepStatus.PASSED: "✓", StepStatus.SKIPPED: "–", StepStatus.TODO: "·"}
_BAR = 8


@dataclass(frozen=True, slots=True)
class LabView:
    """What there is to show."""

    attempt: LabAttempt | None
    language: Language
    unmet: Sequence[Need] = ()
    """What the lab needs and does not find."""
    reason: Text | None = None
    """Why the step is not done yet; None when there is nothing to say."""
    told: Text | None = None
    """What just happened: resumed, reset, refused."""
    hint_count: int = 0
    """How many of the step's hints are shown."""
    shows_help: bool = False
    is_running: bool = False
    auto: Text | None = None
    """How a presenter's play stands; None: nobody plays."""
    report: str = ""
    """Path of the student's report, once it is written."""


def head(view: LabView, width: int, *, lines_below: int = 0) -> str:
    """`Lab 3  The first committer wins        ███░░░░░ 2/5`; `↓4` before it when so many lines are out of sight."""
    attempt = view.attempt
    if attempt is None:
        return words.LAB.of(view.language)
    title = f"{words.LAB.of(view.language)} {attempt.lab.number}  {one_line(attempt.lab.title.of(view.language), 80)}"
    total = len(attempt.lab.steps)
    done = sum(attempt.status(step) is not StepStatus.TODO for step in attempt.lab.steps)
    bar = "█" * (done * _BAR // max(1, total))
    right = f"{bar:░<{_BAR}} {done}/{total}"
    if view.auto is not None:
        right = f"{view.auto.of(view.language)}  {done}/{total}"
    if lines_below > 0:
        right = f"↓{lines_below}  {right}"
    room = width - cells(right) - 1
    left = title if cells(title) <= room else f"{shortened(title, max(1, room - 1))}…"
    return left + " " * max(1, width - cells(left) - cells(right)) + right


def key_line(view: LabView, width: int) -> str:
    """The keys in one line; where the words do not fit, the last keys stand without theirs."""
    names = [(key, words.NEXT if key == "n" and _is_passed(view) else word) for (key,), word in words.KEYS]
    for named_count in range(len(names), -1, -1):
        items = [f"{key} {word.of(view.language)}" for key, word in names[:named_count]]
        line = "  ".join([*items, " ".join(key for key, _ in names[named_count:])]).rstrip()
        if cells(line) <= width:
            break
    return line


def away_line(view: LabView) -> str:
    """Instead of the keys while another part of the console has them: how to come back."""
    does = words.NEXT if _is_passed(view) else words.KEYS[0][1]
    keys = {"focus": key_of("lab_focus"), "next": key_of("lab_next"), "does": does.of(view.language)}
    return words.AWAY.filled(keys).of(view.language)


def _is_passed(view: LabView) -> bool:
    attempt = view.attempt
    return attempt is not None and (attempt.is_passed or (attempt.step is None and bool(attempt.answer)))


def body(view: LabView, width: int) -> list[Line]:
    """Everything between head and keys, wrapped."""
    return [line for block in _blocks(view) for line in _wrapped(block, view.language, width)]


# -- blocks: a look and a text each; an empty text is an empty line ----------------------------------------------------

_Block = tuple[Look, Text | str]


def _blocks(view: LabView) -> Iterator[_Block]:
    if view.told is not None:
        yield Look.TOLD, view.told
    if view.shows_help:
        yield Look.TEXT, words.help_text()
        yield Look.TEXT, ""
    attempt = view.attempt
    if attempt is None:
        yield Look.TEXT, words.NO_LAB
        return
    if view.unmet:
        yield Look.NOT_YET, words.NEEDS
        for need in view.unmet:
            yield Look.TEXT, need.say.filled(attempt.values)
        yield Look.TEXT, ""
    step = attempt.step
    if step is None:
        yield from _closing(view, attempt)
    else:
        yield from _step(view, attempt, step)
    yield Look.TEXT, ""
    yield from _overview(attempt)


def _step(view: LabView, attempt: LabAttempt, step: LabStep) -> Iterator[_Block]:
    number = f"{attempt.position + 1}/{len(attempt.lab.steps)}"
    pane = words.PANES[step.panes].of(view.language)
    yield Look.HEAD, f"{words.STEP.of(view.language)} {number}{'  ' if pane else ''}{pane}"
    if attempt.status(step) is StepStatus.PASSED:
        yield Look.GOOD, Text(f"✓ {words.PASSED.en}", f"✓ {words.PASSED.ja}")
        if step.predict is not None:
            yield from _prediction(attempt, step, step.predict)
        if isinstance(step.action, AnswerQuiz):
            yield from _answered(step.action.question, attempt.predictions.get(step.id, 0), attempt)
        if step.seen is not None:
            yield Look.TEXT, step.seen.filled(attempt.values)
    elif view.is_running:
        panes = " + ".join(step.panes)
        yield Look.QUIET, words.RUNNING.filled({"panes": panes})
    elif view.reason is not None and not attempt.must_predict and not view.unmet:  # n waits for what is needed
        yield Look.NOT_YET, Text(words.NOT_YET.en + view.reason.en, words.NOT_YET.ja + view.reason.ja)
    for hint in hints_of(step)[: view.hint_count]:
        told = hint.filled(attempt.values)
        yield Look.QUIET, Text(f"{words.HINT.en}: {told.en}", f"{words.HINT.ja}: {told.ja}")
    if not attempt.must_predict:  # it often says what will come
        yield Look.TEXT, step.say.filled(attempt.values)
    if isinstance(step.action, RunSql) and step.action.is_own_work and not attempt.is_passed:
        yield Look.TOLD, words.YOUR_TURN
    if not attempt.is_passed and (asked := attempt.asked) is not None:
        if attempt.must_predict:
            yield Look.HEAD, words.PREDICT
        yield from _asked(asked, attempt, 0)


def _asked(question: ClosingQuestion, attempt: LabAttempt, chosen: int) -> Iterator[_Block]:
    yield Look.TEXT, question.text.filled(attempt.values)
    for number, choice in enumerate(question.choices, 1):
        told = choice.filled(attempt.values)
        mark = "●" if number == chosen else " "
        yield Look.TEXT, Text(f"{mark}{number}  {told.en}", f"{mark}{number}  {told.ja}")
    if not chosen:
        yield Look.QUIET, words.CHOOSE.filled({"count": str(len(question.choices))})


def _prediction(attempt: LabAttempt, step: LabStep, question: ClosingQuestion) -> Iterator[_Block]:
    """What was thought to come, beside what came."""
    number = attempt.predictions.get(step.id, 0)
    if not number:
        return
    is_right = number == question.right
    said = words.PREDICTED_RIGHT if is_right else words.PREDICTED_WRONG
    chosen = question.choices[number - 1].filled(attempt.values)
    yield Look.GOOD if is_right else Look.NOT_YET, Text(said.en + chosen.en, said.ja + chosen.ja)
    yield Look.TEXT, question.answer.filled(attempt.values)


def _answered(question: ClosingQuestion, number: int, attempt: LabAttempt) -> Iterator[_Block]:
    is_right = number == question.right
    yield (
        Look.GOOD if is_right else Look.NOT_YET,
        words.RIGHT if is_right else words.WRONG.filled({"right": str(question.right)}),
    )
    yield Look.TEXT, question.answer.filled(attempt.values)


def _closing(view: LabView, attempt: LabAttempt) -> Iterator[_Block]:
    question = attempt.lab.question
    yield Look.HEAD, words.QUESTION
    if attempt.answer:
        is_right = attempt.answer == question.right
        said = words.RIGHT if is_right else words.WRONG.filled({"right": str(question.right)})
        yield Look.GOOD if is_right else Look.NOT_YET, said
        yield Look.TEXT, question.answer.filled(attempt.values)
        yield Look.TEXT, words.FINISHED
        if view.report:
            yield Look.QUIET, words.REPORT_AT.filled({"path": one_line(view.report, 300)})
        yield Look.TEXT, ""
    yield from _asked(question, attempt, attempt.answer)


def _overview(attempt: LabAttempt) -> Iterator[_Block]:
    lab = attempt.lab
    yield Look.QUIET, Text(f"{words.GOAL.en}: {lab.goal.en}", f"{words.GOAL.ja}: {lab.goal.ja}")
    yield Look.QUIET, Text(f"{words.WATCH.en}: {lab.watch.en}", f"{words.WATCH.ja}: {lab.watch.ja}")
    yield Look.TEXT, ""
    yield Look.HEAD, words.STEPS
    for step in lab.steps:
        is_here = step is attempt.step
        mark = "▸" if is_here and attempt.status(step) is StepStatus.TODO else _MARKS[attempt.status(step)]
        panes = "+".join(step.panes) if isinstance(step.action, RunSql) else " "
        yield (Look.TEXT if is_here else Look.QUIET), f"{mark} {panes:<3} {step.id}"


# -- wrapping ----------------------------------------------------------------------------------------------------------


_CHOICE = re.compile(r"[● ][1-9]  ")


def _hanging(paragraph: str, width: int, hang: int) -> list[str]:
    """Its lines; what follows the first of a choice stands below the choice's words, not below its number."""
    if not hang:
        return wrapped(paragraph, width)
    first, *others = wrapped(paragraph[hang:], max(2, width - hang))
    return [paragraph[:hang] + first, *(" " * hang + line for line in others)]


def _wrapped(block: _Block, language: Language, width: int) -> Iterable[Line]:
    look, said = block
    text = many_lines(said.of(language) if isinstance(said, Text) else said)
    is_block = False
    for paragraph in text.split("\n"):
        is_code = False
        if paragraph.strip() == "```":  # a block of code, or a picture: as it is, and never wrapped by words
            is_block = not is_block
            continue
        if is_block or "```" in paragraph:
            is_block = is_block ^ ("```" in paragraph)
            plain = paragraph.replace("```", "")
            parts = [plain[at : at + width] for at in range(0, len(plain), width)] or [""]
            yield from (((part, Look.CODE if is_block else look),) for part in parts if part or is_block)
            continue
        number = _CHOICE.match(paragraph)
        hang = number.end() if number else 0
        for line in _hanging(paragraph, width, hang):
            pieces = line.split("`")
            made = tuple(
                (piece, Look.CODE if is_code ^ bool(place % 2) else look) for place, piece in enumerate(pieces) if piece
            )
            is_code ^= len(pieces) % 2 == 0
            yield made or (("", look),)
