"""What the statement runner sends of what was written: encodings, big scripts, values of \\bind, files of \\o."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsqltui.core.answers.answers import Answer, Failed, Ran, Said
from dsqltui.core.scripts.statement import Statement, split
from dsqltui.runner.statements import scripts
from dsqltui.runner.statements.statement_runner import StatementRunner
from support.screens.fake_session import FakeSession


@pytest.fixture
async def session() -> FakeSession:
    session = FakeSession("us-east-1")
    await session.connect()
    return session


@pytest.fixture
def runner(session: FakeSession) -> StatementRunner:
    return StatementRunner(session, row_limit=10)


async def told(runner: StatementRunner, text: str) -> list[Answer]:
    return [answer async for answer in runner.run_text(text)]


@pytest.mark.parametrize(
    "text",
    [
        "set client_encoding = 'LATIN1'",
        "SET SESSION client_encoding TO latin1",
        "set local client_encoding to 'win1252'",
        "set names 'SJIS'",
        "select set_config('client_encoding', 'LATIN1', false)",
        "\\encoding LATIN1",
        "\\set ENCODING LATIN1",
    ],
)
async def test_other_encodings_are_refused_unsent(runner: StatementRunner, session: FakeSession, text: str) -> None:
    (answer,) = await told(runner, text + "\n")
    assert isinstance(answer, Failed)
    assert "UTF8" in answer.problem
    assert session.sent == []


@pytest.mark.parametrize(
    "text",
    [
        "set client_encoding = 'UTF8'",
        "set client_encoding to default",
        "reset client_encoding",
        "set names 'utf-8'",
        "select 'client_encoding', names from t",
        "show client_encoding",
    ],
)
async def test_utf8_is_sent(runner: StatementRunner, session: FakeSession, text: str) -> None:
    await told(runner, text)
    assert session.sent == [text]


class Counting(list[Statement]):
    """Counts how often somebody goes through all of it."""

    passes = 0

    def __iter__(self) -> Iterator[Statement]:
        Counting.passes += 1
        return super().__iter__()


async def test_a_big_script_is_not_gone_through_for_each_statement(
    runner: StatementRunner, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "split", lambda text: Counting(split(text)))
    Counting.passes = 0
    answers = await told(runner, "insert into t values (1);\n" * 500)
    assert len(session.sent) == 500
    assert Counting.passes <= 3
    assert isinstance(answers[-1], Ran)
    assert answers[-1].progress == "500/500"


async def test_a_file_that_cannot_be_written_is_said(runner: StatementRunner, session: FakeSession) -> None:
    (answer,) = await told(runner, "\\o /dev/null/x\nselect 1;")
    assert isinstance(answer, Failed)
    assert session.sent == []


async def test_getenv_and_cd(runner: StatementRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_WORD", "a b")
    (tmp_path / "part.sql").write_text("\\echo :w\n")
    answers = await told(runner, f"\\getenv w SOME_WORD\n\\cd '{tmp_path}'\n\\i part.sql\n")
    assert [answer.text for answer in answers if isinstance(answer, Said)] == ["a b"]
    (answer,) = await told(runner, "\\cd nowhere\n")
    assert isinstance(answer, Failed)


@pytest.mark.parametrize("ending", [r"\gdesc", r"\crosstabview", r"\g |cat", r"\watch 0", r"\parse p", r"\gset a b c"])
async def test_a_statement_with_an_end_that_cannot_be_is_not_sent(
    runner: StatementRunner, session: FakeSession, ending: str
) -> None:
    answers = await told(runner, f"delete from t {ending}\n")
    expected: Any = [] if ending != r"\gset a b c" else ["delete from t"]
    assert session.sent == expected
    assert any(answer.is_failure for answer in answers) or expected


async def test_restricted_scripts_do_nothing_but_statements(runner: StatementRunner, session: FakeSession) -> None:
    answers = await told(runner, "\\restrict k1\nselect 1;\n\\i /etc/passwd\n")
    assert isinstance(answers[-1], Failed)
    assert "restricted" in answers[-1].problem
    answers = await told(runner, "select 2 \\g f.txt\n")
    assert isinstance(answers[-1], Failed)
    answers = await told(runner, "\\unrestrict k1\n\\echo x\nselect 3;")
    assert session.sent == ["select 1", "select 3"]
