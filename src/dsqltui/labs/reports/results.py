"""How a student did in a lab, as `result.json`: for a class. It holds no SQL, and no value of the database.

DIR/ann/03-first-committer-wins/result.json
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsqltui.core.kept.lab_progress import LabProgress, StepStatus
from dsqltui.core.language import _
from dsqltui.labs.model import AnswerQuiz, ClosingQuestion, Lab

FORMAT = 1
_NOBODY = "student"
_LONGEST = 1_000_000


def result_path(folder: Path, student: str, lab: Lab) -> Path:
    """Where a student's result of a lab is."""
    return folder / (student or _NOBODY) / f"{lab.number:02}-{lab.id}" / "result.json"


def result_json(lab: Lab, progress: LabProgress, student: str, now_s: float) -> bytes:
    """The document, UTF-8."""
    steps = []
    for step in lab.steps:
        one: dict[str, Any] = {
            "id": step.id,
            "status": progress.statuses.get(step.id, StepStatus.TODO).value,
            "seconds": round(progress.seconds.get(step.id, 0.0), 1),
            "attempts": progress.tries.get(step.id, 0),
            "hints": progress.hints.get(step.id, 0),
        }
        asked = step.action.question if isinstance(step.action, AnswerQuiz) else step.predict
        if asked is not None and (number := progress.predictions.get(step.id)):
            one["prediction" if step.predict is not None else "answer"] = _chosen(asked, number)
        steps.append(one)
    document = {
        "format": FORMAT,
        "student": student or _NOBODY,
        "lab": lab.id,
        "number": lab.number,
        "title": lab.title.en,
        "seconds": round(max(0.0, now_s - progress.started_s), 1),
        "is_done": progress.is_done,
        "steps": steps,
        "answer": _chosen(lab.question, progress.answer) if progress.answer else None,
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _chosen(question: ClosingQuestion, number: int) -> dict[str, Any]:
    return {"choice": number, "is_right": number == question.right}


@dataclass(frozen=True, slots=True)
class StudentResult:
    """One student's result of one lab."""

    student: str
    lab: str
    number: int
    passed: int
    total: int
    seconds: float
    """At its steps; not the nights between them."""
    attempts: int
    hints: int
    right: int
    asked: int
    """Predictions and questions that were answered, and those of them that were right."""
    is_done: bool
    at: str
    """Id of the step that is to be done next; empty when all are."""


def read_result(content: bytes) -> StudentResult:
    """Raises ValueError, with a sentence, when it is no result."""
    try:
        table = json.loads(content)
        if not isinstance(table, dict) or table.get("format") != FORMAT:
            raise ValueError(_("it is no result.json of this dsqltui"))
        steps = list(table["steps"])
        answers = [step[key] for step in steps for key in ("prediction", "answer") if step.get(key)]
        answers += [table["answer"]] if table["answer"] else []
        return StudentResult(
            student=str(table["student"])[:60],
            lab=str(table["lab"])[:60],
            number=int(table["number"]),
            passed=sum(step["status"] == StepStatus.PASSED.value for step in steps),
            total=len(steps),
            seconds=min(sum(float(step["seconds"]) for step in steps), _LONGEST),
            attempts=sum(int(step["attempts"]) for step in steps),
            hints=sum(int(step["hints"]) for step in steps),
            right=sum(bool(answer["is_right"]) for answer in answers),
            asked=len(answers),
            is_done=bool(table["is_done"]),
            at=str(next((step["id"] for step in steps if step["status"] == StepStatus.TODO.value), ""))[:60],
        )
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, OverflowError, RecursionError) as problem:
        raise ValueError(_("it is damaged ({problem})").format(problem=problem)) from None
