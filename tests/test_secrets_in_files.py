"""Every form of a secret, put into everything that is written to a file: no piece of it may be on the disk."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dsqltui.core.journal.journal import Entry, Event, Journal
from dsqltui.core.kept.buffers import Buffer, Buffers
from dsqltui.core.kept.lab_progress import LabProgress
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Lost, Notice, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import kind_of
from dsqltui.core.story.timeline_svg import timeline_svg
from dsqltui.core.story.transcript import transcript
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.reports.junit import junit_xml
from dsqltui.labs.reports.report import report
from dsqltui.labs.runner import LabResult, StepResult
from dsqltui.labs.text import Language
from dsqltui.store.buffers import BufferFile
from dsqltui.store.crash_file import printable_traceback
from dsqltui.store.history import HistoryFile
from dsqltui.store.journal_file import JournalFile
from dsqltui.store.lab_progress import FileProgress
from dsqltui.store.snippets import SnippetFolder
from support.labs import lab
from support.long_cases import spread
from support.secret_forms import FORMS, Form

IDLE = TransactionState.IDLE
PIECE = 8
"""Characters of a secret that are a leak."""


def _rows(text: str) -> Rows:
    name = text if len(text) < 64 else "b"  # PostgreSQL's longest name
    return Rows((Column("a", 25), Column(name, 25)), (("1", text), (text, None)), "SELECT 2", False, 0.01)


OUTCOMES: dict[str, Callable[[str], Outcome]] = {
    "statement": lambda _text: Done("OK", 0.01),
    "rows": _rows,
    "lines": lambda text: Rows(
        (Column("line", 25),), tuple((line,) for line in text.split("\n")), "SELECT 2", False, 0.01
    ),
    "tag": lambda text: Done(text, 0.01),
    "notice": lambda text: Done("OK", 0.01, (Notice("NOTICE", text),)),
    "error": lambda text: Refused(ServerError("22000", text, detail=text, hint=text), 0.01),
    "lost": lambda text: Lost(text, IDLE, True, 0.01, ServerError("57P01", text)),
}


def journal_of(text: str) -> Journal:
    """Statements with the text at each place of one, and a connection that failed with it."""
    journal = Journal()
    for number, (place, outcome) in enumerate(OUTCOMES.items()):
        sql = text if place == "statement" else "select 1"
        journal.statement(
            "A", "us-east-1", "admin", sql, kind_of(sql), outcome(text), before=IDLE, after=IDLE, ended_s=1.8e9 + number
        )
    journal.connection("B", "us-east-2", "admin", Event.CONNECT_FAILED, started_s=1.8e9, ended_s=1.8e9, note=text)
    return journal


def _history(folder: Path, entries: list[Entry]) -> None:
    file = HistoryFile(folder / "history.sqlite", limit=10)
    for entry in entries:
        file.record(entry)
    file.close(30)


def _journal(folder: Path, entries: list[Entry]) -> None:
    file = JournalFile(folder, failed=pytest.fail)
    for entry in entries:
        file.record(entry)
    file.close(30)


def _transcript(folder: Path, entries: list[Entry]) -> None:
    (folder / "t.md").write_text("".join(transcript(entries)))


def _svg(folder: Path, entries: list[Entry]) -> None:
    (folder / "t.svg").write_text(timeline_svg(entries))


def _report(folder: Path, entries: list[Entry]) -> None:
    attempt = LabAttempt(lab(), {"region.a": "us-east-1", "region.b": "us-east-2"}, mark=0, now_s=1.0)
    (folder / "report.md").write_text(report(attempt, entries, Language.ENGLISH))


OF_ENTRIES = {"history": _history, "journal": _journal, "transcript": _transcript, "svg": _svg, "report": _report}


def _buffers(folder: Path, text: str) -> None:
    file = BufferFile(folder, ["a", "b"])
    file.keep(Buffers(1.8e9, {"A": Buffer(text, len(text)), "B": Buffer(f"select 1;\n{text}", 3)}, "A"))
    file.close()


def _snippet(folder: Path, text: str) -> None:
    SnippetFolder(folder).save("title", text)
    SnippetFolder(folder).save(text, "select 1")


def _junit(folder: Path, text: str) -> None:
    result = LabResult("lab", [StepResult("step", 1, trouble=text)], trouble=text)
    (folder / "junit.xml").write_bytes(junit_xml([result]))


def _progress(folder: Path, text: str) -> None:
    FileProgress(folder, "cluster").save(LabProgress("lab", at="step", values={"job": text}))


def _crash(folder: Path, text: str) -> None:
    (folder / "crash.txt").write_text(printable_traceback(f"Traceback\n  File x\nRuntimeError: {text}"))


OF_TEXTS = {"crash": _crash, "buffers": _buffers, "snippet": _snippet, "junit": _junit, "progress": _progress}


def _plain(text: str) -> str:
    """Letters and digits only, as they read after whatever escaping a kind of file needs."""
    return re.sub(r"[^A-Za-z0-9]", "", html.unescape(text).replace("<br>", "").replace("\\n", ""))


def pieces_found(folder: Path, form: Form) -> Iterator[str]:
    """Pieces of the form's secrets in any file below the folder, in its content or its name."""
    for path in folder.rglob("*"):
        if path.is_file():
            content = _plain(f"{path.name}\n{path.read_bytes().decode('utf-8', 'replace')}")
            for secret in map(_plain, form.secrets):
                for at in range(max(1, len(secret) - PIECE + 1)):
                    if secret[at : at + PIECE] in content:
                        yield f"{path.name}: {secret[at : at + PIECE]}"


@pytest.mark.parametrize("form", spread(FORMS, 3), ids=lambda form: form.name)
def test_no_file_holds_a_piece_of_a_secret(form: Form, tmp_path: Path) -> None:
    for name, write in OF_TEXTS.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name, form.text)
    entries = list(journal_of(form.text))
    for name, write_entries in OF_ENTRIES.items():
        (tmp_path / name).mkdir()
        write_entries(tmp_path / name, entries)
    assert len(list(tmp_path.iterdir())) == len(OF_TEXTS) + len(OF_ENTRIES)
    assert all(any(folder.iterdir()) for folder in tmp_path.iterdir())
    assert not list(pieces_found(tmp_path, form))
