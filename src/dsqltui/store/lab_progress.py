"""Progress in the labs: one JSON file for each cluster, for this user alone."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs

from dsqltui.core.kept.lab_progress import LabProgress, StepStatus
from dsqltui.core.language import _
from dsqltui.core.secrets import without_secrets
from dsqltui.store.private_files import replace_private

FORMAT = 1
_UNSAFE = re.compile(r"[^a-z0-9-]")


def labs_folder() -> Path:
    """Where progress and reports of this user are."""
    return Path(platformdirs.user_data_dir("dsqltui", appauthor=False)) / "labs"


class FileProgress:
    """Implements `core.kept.lab_progress.ProgressStore` for one cluster, named by the ids of its endpoints."""

    def __init__(self, folder: Path, cluster: str) -> None:
        self.path = folder / f"{_UNSAFE.sub('-', cluster.lower())[:120]}.json"

    def load(self) -> Mapping[str, LabProgress]:
        """See ProgressStore."""
        try:
            table = json.loads(self.path.read_text(encoding="utf-8"))
            if table["format"] == FORMAT:
                return {lab: _progress(lab, kept) for lab, kept in table["labs"].items()}
        except FileNotFoundError:
            return {}
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as problem:
            raise ValueError(
                _("{path} is damaged ({problem}); move it away, and the labs begin from the start").format(
                    path=self.path, problem=problem
                )
            ) from None
        raise ValueError(
            _("{path} has the format of another dsqltui; move it away to begin anew").format(path=self.path)
        )

    def save(self, progress: LabProgress) -> None:
        """See ProgressStore. Raises ValueError, too, when the file is damaged: it is left as it is."""
        labs = {**self.load(), progress.lab: progress}
        table = {"format": FORMAT, "labs": {lab: _values(kept) for lab, kept in labs.items()}}
        replace_private(self.path, json.dumps(table, indent=1, ensure_ascii=False).encode())


def _values(progress: LabProgress) -> dict[str, Any]:
    return {
        "at": progress.at,
        "statuses": {step: status.value for step, status in progress.statuses.items()},
        "values": {name: without_secrets(value) for name, value in progress.values.items()},
        "answer": progress.answer,
        "started_s": progress.started_s,
        "is_agreed": progress.is_agreed,
        "predictions": dict(progress.predictions),
        "hints": dict(progress.hints),
        "tries": dict(progress.tries),
        "seconds": dict(progress.seconds),
    }


def _progress(lab: str, kept: Mapping[str, Any]) -> LabProgress:
    return LabProgress(
        lab,
        at=str(kept["at"]),
        statuses={str(step): StepStatus(status) for step, status in kept["statuses"].items()},
        values={str(name): str(value) for name, value in kept["values"].items()},
        answer=int(kept["answer"]),
        started_s=float(kept["started_s"]),
        is_agreed=bool(kept["is_agreed"]),
        predictions={str(step): int(number) for step, number in kept.get("predictions", {}).items()},
        hints={str(step): int(number) for step, number in kept.get("hints", {}).items()},
        tries={str(step): int(number) for step, number in kept.get("tries", {}).items()},
        seconds={str(step): float(number) for step, number in kept.get("seconds", {}).items()},
    )
