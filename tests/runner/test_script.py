"""Scripts, statement by statement, over a session that only records."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.sessions.session import InFlight, Page, Session
from dsqltui.runner.files.script_files import locate
from dsqltui.runner.statements.scripts import INCLUDE_DEPTH_LIMIT
from support.runner_steps import Step, run_script, run_text
from support.servers.plain_postgres import ENDPOINT, Plain, rows_of


class Recorder:
    """A session that answers what `answer` says and remembers what it was asked."""

    endpoint: Endpoint = ENDPOINT
    user: str = "admin"
    state: TransactionState = TransactionState.IDLE
    in_flight: InFlight | None = None
    held: int = 0

    def __init__(self, answer: Callable[[str], Outcome] = lambda _: Done("OK", 0.0)) -> None:
        self.ran: list[str] = []
        self.copied: list[str | None] = []
        self._answer = answer

    async def connect(self) -> None:
        raise NotImplementedError

    async def run(self, statement: str, *, limit: int, copy_data: str | None = None) -> Outcome:
        assert limit == 7
        self.ran.append(statement)
        self.copied.append(copy_data)
        return self._answer(statement)

    async def query(self, sql: str, parameters: Sequence[str | None], *, limit: int, are_texts: bool = True) -> Outcome:
        raise NotImplementedError

    async def copy_in(self, statement: str, pieces: AsyncIterator[bytes]) -> Outcome:
        raise NotImplementedError

    async def copy_out(self, statement: str, write: Callable[[bytes], Awaitable[None]]) -> Outcome:
        raise NotImplementedError

    async def more(self, limit: int) -> Page | Outcome:
        raise NotImplementedError

    async def renew(self) -> bool:
        raise NotImplementedError

    async def look(self) -> Lost | None:
        raise NotImplementedError

    async def cancel(self) -> None:
        raise NotImplementedError

    def another(self, endpoint: Endpoint) -> Session:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


async def text_steps(session: Session, text: str) -> list[Step]:
    return [step async for step in run_text(session, text, limit=7)]


async def file_steps(session: Session, path: Path) -> list[Step]:
    return [step async for step in run_script(session, str(path), limit=7)]


async def test_one_step_per_statement_with_number_and_line() -> None:
    recorder = Recorder()
    steps = await text_steps(recorder, "SELECT 1;\n\n-- two\nSELECT\n  2;\tSELECT 3\n;\n;;\n")
    assert recorder.ran == ["SELECT 1", "SELECT\n  2", "SELECT 3"]
    assert [(step.index, step.total, step.line, step.file) for step in steps] == [
        (1, 3, 1, None),
        (2, 3, 4, None),
        (3, 3, 5, None),
    ]


async def test_nothing_to_run() -> None:
    assert await text_steps(Recorder(), "-- only a comment\n") == []


async def test_copy_data_goes_along() -> None:
    recorder = Recorder()
    await text_steps(recorder, "COPY t FROM STDIN;\n1\ta\n\\.\nSELECT 1;")
    assert recorder.ran == ["COPY t FROM STDIN", "SELECT 1"]
    assert recorder.copied == ["1\ta\n", None]


@pytest.mark.parametrize(
    "failure",
    [
        Refused(ServerError("42601", "syntax error"), 0.0),
        Lost("gone", TransactionState.OPEN, was_sent=True, duration_s=0.0),
    ],
)
async def test_it_stops_after_the_first_failure(failure: Outcome) -> None:
    recorder = Recorder(lambda statement: failure if "bad" in statement else Done("OK", 0.0))
    steps = await text_steps(recorder, "SELECT 1;\nbad;\nSELECT 3;")
    assert recorder.ran == ["SELECT 1", "bad"]
    assert (steps[-1].outcome, steps[-1].line, steps[-1].index, steps[-1].total) == (failure, 2, 2, 3)


async def test_steps_come_as_they_are_done() -> None:
    recorder = Recorder()
    steps = run_text(recorder, "SELECT 1; SELECT 2", limit=7)
    assert (await anext(steps)).index == 1
    assert recorder.ran == ["SELECT 1"]


async def test_includes_run_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "else where"
    here.mkdir()
    elsewhere.mkdir()
    (elsewhere / "main.sql").write_text("SELECT 1;\n\\ir 'near by.sql'\n\\include cwd.sql;\nSELECT 4;\n\\q\nSELECT 5;")
    (elsewhere / "near by.sql").write_text("\ufeffSELECT 'near';\n", encoding="utf-8")
    (here / "cwd.sql").write_text("\nSELECT 'cwd';\n\\q\nSELECT 'never';")
    monkeypatch.chdir(here)
    recorder = Recorder()
    steps = await file_steps(recorder, elsewhere / "main.sql")
    assert recorder.ran == ["SELECT 1", "SELECT 'near'", "SELECT 'cwd'", "SELECT 4"]
    assert [(step.index, step.total, step.line) for step in steps] == [
        (1, None, 1),
        (2, None, 1),
        (3, None, 2),
        (4, None, 4),
    ]
    assert [step.file for step in steps] == [None, str(elsewhere / "near by.sql"), str(here / "cwd.sql"), None]


async def test_a_file_may_be_included_twice(tmp_path: Path) -> None:
    (tmp_path / "main.sql").write_text("\\ir part.sql\n\\ir part.sql\n")
    (tmp_path / "part.sql").write_text("SELECT 1")
    recorder = Recorder()
    await file_steps(recorder, tmp_path / "main.sql")
    assert recorder.ran == ["SELECT 1", "SELECT 1"]


async def test_a_cycle_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 'a';\n\\ir b.sql\n")
    (tmp_path / "b.sql").write_text("SELECT 'b';\n\n\\ir link.sql\n")
    (tmp_path / "link.sql").symlink_to(tmp_path / "a.sql")
    recorder = Recorder()
    with pytest.raises(ScriptUnreadable, match=r"b\.sql, line 3: .*a\.sql is included while it is being run"):
        await file_steps(recorder, tmp_path / "a.sql")
    assert recorder.ran == ["SELECT 'a'", "SELECT 'b'"]


async def test_the_depth_of_includes_is_limited(tmp_path: Path) -> None:
    for number in range(INCLUDE_DEPTH_LIMIT + 2):
        (tmp_path / f"{number}.sql").write_text(f"\\ir {number + 1}.sql\n")
    (tmp_path / f"{INCLUDE_DEPTH_LIMIT}.sql").write_text("SELECT 'deepest'")
    recorder = Recorder()
    await file_steps(recorder, tmp_path / "0.sql")
    assert recorder.ran == ["SELECT 'deepest'"]
    (tmp_path / f"{INCLUDE_DEPTH_LIMIT}.sql").write_text(f"\\ir {INCLUDE_DEPTH_LIMIT + 1}.sql")
    with pytest.raises(ScriptUnreadable, match=f"more than {INCLUDE_DEPTH_LIMIT} deep"):
        await file_steps(recorder, tmp_path / "0.sql")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (r"\i", r"line 2: The file is missing; write \i FILE."),
        (r"\conninfo", r"line 2: \conninfo is for the keyboard only; remove it."),
        (r"\i /absent/file.sql", "line 2: /absent/file.sql does not exist; check the name and the folder."),
    ],
)
async def test_a_command_that_cannot_be_done_stops_the_script(command: str, told: str) -> None:
    recorder = Recorder()
    with pytest.raises(ScriptUnreadable) as caught:
        await text_steps(recorder, f"SELECT 1;\n{command}\nSELECT 2;")
    assert str(caught.value) == told
    assert recorder.ran == ["SELECT 1"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (r"\includ x.sql", r"line 2: the command \includ is not known (did you mean \include?); remove it."),
        (r"\zzz", r"line 2: the command \zzz is not known; remove it."),
    ],
)
async def test_a_command_that_nobody_knows_keeps_the_script_from_beginning(command: str, told: str) -> None:
    recorder = Recorder()
    with pytest.raises(ScriptUnreadable) as caught:
        await text_steps(recorder, f"SELECT 1;\n{command}\nSELECT 2;")
    assert str(caught.value) == told
    assert recorder.ran == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("absent.sql", "does not exist"),
        (".", "is a folder"),
        ("latin.sql", "latin.sql, line 1, byte 9 (offset 8): 0xe4 is not UTF-8 text"),
        ("pipe", "is not a regular file"),
        ("loop", "loop"),
        ("nul\0", "cannot be a file's name"),
        ("~no_such_user/x.sql", "cannot be a file's name"),
    ],
)
async def test_unreadable_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str) -> None:
    (tmp_path / "latin.sql").write_bytes("SELECT 'ä'".encode("latin-1"))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScriptUnreadable) as caught:
        await file_steps(Recorder(), Path(name))
    assert told in str(caught.value)


async def test_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.sql").write_text("SELECT 1")
    recorder = Recorder()
    await file_steps(recorder, Path("~/mine.sql"))
    assert recorder.ran == ["SELECT 1"]


async def test_on_a_real_server(plain: Plain, tmp_path: Path) -> None:
    (tmp_path / "all.sql").write_text(
        "CREATE TEMP TABLE scripted (a int, b text);\nBEGIN;\nCOPY scripted FROM STDIN;\n1\tone\n2\t\\N\n\\.\nCOMMIT;\n"
        "SELECT 1/0;\nSELECT 'never';\n"
    )
    session = await plain.open()
    steps = await file_steps(session, tmp_path / "all.sql")
    failed = steps[-1].outcome
    assert isinstance(failed, Refused)
    assert failed.error.sqlstate == "22012"
    assert [step.line for step in steps] == [1, 2, 3, 7, 8]
    assert await rows_of(session, "SELECT count(*), count(b) FROM scripted") == (("2", "1"),)


async def test_scripts_that_come_with_dsqltui_are_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = await locate("sql/rewards/ddl.sql")
    assert found.is_file()
    assert await locate("sql/rewards/no-such.sql") == tmp_path / "sql/rewards/no-such.sql"
    (tmp_path / "sql/rewards").mkdir(parents=True)
    (tmp_path / "sql/rewards/ddl.sql").touch()
    assert await locate("sql/rewards/ddl.sql") == tmp_path / "sql/rewards/ddl.sql", "one's own comes first"
