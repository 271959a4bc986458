r"""psql's commands on a real simulator: copy, variables, files, endings, watch, scripts."""

import asyncio
import contextlib
import io
import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from client.test_with_simulator import endpoint_of
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.answers.answers import Answer, Failed, Progressed, Ran, Reached, Said, ScriptEnded, Shown
from dsqltui.core.results.outcome import Done, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import split
from dsqltui.runner.statements.statement_runner import StatementRunner
from support.servers.plain_postgres import DEADLINE_S
from support.servers.simulator import RunningSimulator


@pytest_asyncio.fixture
async def runner(engine: Engine, simulator: RunningSimulator) -> AsyncIterator[StatementRunner]:
    credentials = simulator.ready["credentials"]
    tokens = BotoTokens(access_key_id=credentials["access_key_id"], secret_access_key=credentials["secret_access_key"])
    session = PgSession(engine, endpoint_of(simulator, 0), "admin", tokens)
    await session.connect()
    yield StatementRunner(session, row_limit=100)
    await session.close()


async def do(runner: StatementRunner, text: str) -> list[Answer]:
    """Everything a person would be told but progress; stops at the first failure, as the screen does."""
    told: list[Answer] = []
    for statement in split(text):
        async with contextlib.aclosing(runner.run(statement)) as answers:
            told += [answer async for answer in answers if not isinstance(answer, Progressed)]
        if told and told[-1].is_failure:
            break
    return told


async def rows(runner: StatementRunner, sql: str) -> tuple[tuple[str | None, ...], ...]:
    (ran,) = await do(runner, sql)
    assert isinstance(ran, Ran), ran
    assert isinstance(ran.outcome, Rows), ran
    return ran.outcome.rows


async def table(runner: StatementRunner, name: str, columns: str = "id int primary key, v text") -> str:
    for statement in (f"drop table if exists public.{name}", f"create table public.{name} ({columns})"):
        (ran,) = await do(runner, statement)
        assert isinstance(ran, Ran)
        assert isinstance(ran.outcome, Done), ran
    return name


async def test_copy_there_and_back(runner: StatementRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.csv").write_text('1,"say \\"hi\\""\n2,"two\nlines"\n3,\n4,""\n')
    await table(runner, "desk_copy")
    (ran,) = await do(runner, r"\copy public.desk_copy from '~/x.csv' csv escape '\';")
    assert isinstance(ran, Ran)
    assert (ran.outcome.tag if isinstance(ran.outcome, Done) else ran) == "COPY 4"
    assert ran.sent == r"COPY public.desk_copy FROM STDIN csv escape '\'"
    assert await rows(runner, "select v from public.desk_copy order by id") == (
        ('say "hi"',),
        ("two\nlines",),
        (None,),
        ("",),
    )
    (ran,) = await do(runner, r"\copy (select * from public.desk_copy order by id) to '~/y.csv' csv header")
    assert isinstance(ran, Ran)
    assert (ran.outcome.tag if isinstance(ran.outcome, Done) else ran) == "COPY 4"
    assert (tmp_path / "y.csv").read_text() == 'id,v\n1,"say ""hi"""\n2,"two\nlines"\n3,\n4,""\n'
    assert [name for name in os.listdir(tmp_path) if name.endswith(".part")] == []
    (ran,) = await do(runner, r"\copy public.desk_copy (id) to stdout")
    assert isinstance(ran, Ran)
    assert isinstance(ran.outcome, Rows)
    assert len(ran.outcome.rows) == 4


async def test_copy_in_batches_stops_at_the_first_bad_one(runner: StatementRunner, tmp_path: Path) -> None:
    lines = [f'{n},"row\n{n}"' for n in range(1, 26)]
    good = tmp_path / "good.csv"
    good.write_text("id,v\n" + "\n".join(lines) + "\n")
    name = await table(runner, "desk_batch")
    (ran,) = await do(runner, rf"\copy public.{name} from '{good}' csv header batch 10")
    assert isinstance(ran, Ran)
    assert (ran.outcome.tag if isinstance(ran.outcome, Done) else ran) == "COPY 25"
    await do(runner, f"delete from public.{name}")
    lines[16] = "x,bad"
    good.write_text("id,v\n" + "\n".join(lines) + "\n")
    said, ran = await do(runner, rf"\copy public.{name} from '{good}' csv header batch 10")
    assert said == Said("Refused: the batch of rows 11 to 20. Rows 1 to 10 are in, the rest is not.")
    assert isinstance(ran, Ran)
    assert isinstance(ran.outcome, Refused)
    assert ran.outcome.error.sqlstate == "22P02"
    assert await rows(runner, f"select count(*) from public.{name}") == (("10",),)
    runner.variables["COPY_BATCH"] = "5"
    await do(runner, f"delete from public.{name}")
    said, _ = await do(runner, rf"\copy public.{name} from '{good}' csv header")
    assert said == Said("Refused: the batch of rows 16 to 20. Rows 1 to 15 are in, the rest is not.")
    told = await do(runner, rf"begin; \copy public.{name} from '{good}' csv header")
    assert isinstance(told[-1], Failed)
    assert "COMMIT first" in told[-1].problem
    await do(runner, "rollback")


async def test_copy_from_the_scripts_own_lines_and_from_standard_input(runner: StatementRunner) -> None:
    name = await table(runner, "desk_lines")
    told = await do(
        runner, f"\\copy public.{name} from stdin csv\n1,'\n2,\\.x\n\\.\nselect count(*) from public.{name};"
    )
    assert isinstance(told[-1], Ran)
    assert isinstance(told[-1].outcome, Rows)
    assert told[-1].outcome.rows == (("2",),)
    other = StatementRunner(runner.session, row_limit=10, standard_input=io.BytesIO(b"7\tseven\n"))
    (ran,) = await do(other, rf"\copy public.{name} from pstdin")
    assert isinstance(ran, Ran)
    assert (ran.outcome.tag if isinstance(ran.outcome, Done) else ran) == "COPY 1"


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (r"\copy t from 'absent.csv'", "absent.csv does not exist"),
        (r"\copy t from '.'", "is a folder"),
        (r"\copy t to 'absent/x.csv'", "absent does not exist"),
        (r"\o absent/x", "absent does not exist"),
        (r"select 1 \g absent/x", "absent does not exist"),
        (r"\d public.desk_nowhere", 'Did not find any relation named "public.desk_nowhere".'),
        (r"\d other.public.x", "names another database"),
        (r"\sf desk_nowhere", 'ERROR: function "desk_nowhere" does not exist'),
        (r"\gx", "There is no statement before it"),
    ],
)
async def test_what_cannot_be_done_is_said(
    runner: StatementRunner, command: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (told,) = await do(runner, command)
    assert isinstance(told, Failed)
    assert problem in told.problem
    assert runner.session.state is TransactionState.IDLE
    assert os.listdir(tmp_path) == []


async def test_a_refused_export_leaves_no_file(runner: StatementRunner, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    (ran,) = await do(runner, rf"\copy (select 1/(3-g) from generate_series(1, 100000) g) to '{target}' csv")
    assert isinstance(ran, Ran)
    assert isinstance(ran.outcome, Refused)
    assert ran.outcome.error.sqlstate == "22012"
    assert os.listdir(tmp_path) == ["out.csv"]
    assert target.read_text() == "old"


def write_without_end(pipe: Path) -> None:
    """Rows of two columns, until nobody reads them."""
    with contextlib.suppress(BrokenPipeError), pipe.open("w") as rows_out:
        for n in itertools.count():
            rows_out.write(f"{n},{'x' * 100}\n")


@pytest.mark.parametrize("direction", ["from", "to"])
async def test_an_interrupted_copy_leaves_nothing(runner: StatementRunner, tmp_path: Path, direction: str) -> None:
    name = await table(runner, f"desk_stop_{direction}")
    file = tmp_path / "big.csv"
    if direction == "from":
        os.mkfifo(file)
        command = rf"\copy public.{name} from '{file}' csv"
        writing = asyncio.create_task(asyncio.to_thread(write_without_end, file))
    else:
        command = rf"\copy (select generate_series(1, 3000000), repeat('x', 100)) to '{file}' csv"
    (statement,) = split(command)
    told: list[Answer] = []
    async with asyncio.timeout(DEADLINE_S):
        async for answer in runner.run(statement):
            told.append(answer)
            if isinstance(answer, Progressed):
                runner.interrupt()
        if direction == "from":
            await writing
    assert any(isinstance(answer, Progressed) for answer in told)
    last = told[-1]
    assert isinstance(last, Failed), last
    assert "You stopped it" in last.problem
    if direction == "from":
        assert "No row is in." in last.problem
        assert await rows(runner, f"select count(*) from public.{name}") == (("0",),)
    else:
        assert os.listdir(tmp_path) == []
        assert await rows(runner, "select 1") == (("1",),)


async def test_variables(runner: StatementRunner) -> None:
    told = await do(
        runner,
        "\\set who 'O''Brien'\n\\set n 2\nselect :'who' as a, :n + 1 as b, ':n' as c \\gx\n\\echo :who :ROW_COUNT",
    )
    ran, echo = told
    assert isinstance(ran, Ran)
    assert isinstance(ran.outcome, Rows)
    assert ran.outcome.rows == (("O'Brien", "3", ":n"),)
    assert (ran.is_expanded, runner.is_expanded) == (True, False)
    assert ran.sent == "select 'O''Brien' as a, 2 + 1 as b, ':n' as c"
    assert isinstance(echo, Said)
    assert echo.text == "O'Brien 1"
    (ran,) = await do(runner, "select :'who', nope")
    assert isinstance(ran, Ran)
    assert isinstance(ran.outcome, Refused)
    assert ran.outcome.error.position == len("select :'who', ") + 1
    assert (runner.variables["SQLSTATE"], runner.variables["ERROR"]) == ("42703", "true")
    (shown,) = await do(runner, "\\set")
    assert isinstance(shown, Shown)
    assert ("who", "O'Brien") in shown.tables[0].rows
    await do(runner, "\\unset who")
    assert "who" not in runner.variables


async def test_results_go_to_files(runner: StatementRunner, tmp_path: Path) -> None:
    one, many = tmp_path / "one.txt", tmp_path / "many.txt"
    (ran,) = await do(runner, f"select g from generate_series(1, 250) g \\g '{one}'")
    assert isinstance(ran, Ran)
    assert isinstance(ran.outcome, Done)
    assert (ran.outcome.tag, ran.saved_to) == ("SELECT 250", str(one))
    lines = one.read_text().splitlines()
    assert (lines[0], lines[2], lines[-2]) == ("  g  ", "   1", "(250 rows)")
    await do(runner, f"\\o {many}\nselect 1 as a;\n\\dn public\n\\qecho here\n\\x\nselect 2 as b;\n\\o\nselect 3;")
    text = many.read_text()
    assert "List of schemas" in text
    assert text.endswith("(1 row)\n\nhere\n-[ RECORD 1 ]\nb | 2\n\n")


async def test_watch_runs_until_it_is_interrupted(runner: StatementRunner) -> None:
    (statement,) = split("select 1 \\watch 0.1")
    counts: list[str] = []
    last: Answer | None = None
    async with asyncio.timeout(DEADLINE_S):
        async for answer in runner.run(statement):
            last = answer
            if isinstance(answer, Ran):
                counts.append(answer.progress)
                if len(counts) == 3:
                    runner.interrupt()
    assert counts == ["watch 1", "watch 2", "watch 3"]
    assert last == Said("Watched 3 times; you stopped it.")
    (statement,) = split("select 1/0 \\watch 0.1")
    told = [answer async for answer in runner.run(statement)]
    assert told[0] == Said("Watched 1 time; it ended because this round failed.")
    assert [answer.is_failure for answer in told] == [False, True]


async def test_watch_does_not_go_on_in_a_transaction(runner: StatementRunner) -> None:
    name = await table(runner, "watched")
    (statement,) = split("begin \\watch 0.1")
    told = [answer async for answer in runner.run(statement)]
    assert told[-1] == Said("Watched 1 time; it ended because a transaction is open now.")
    assert runner.session.state is TransactionState.OPEN
    (refused,) = await do(runner, f"insert into public.{name} values (1) \\watch 0.1")
    assert isinstance(refused, Failed)
    assert "does not run in an open transaction" in refused.problem
    assert await rows(runner, f"select count(*) from public.{name}") == (("0",),)
    await do(runner, "rollback")


async def test_a_write_under_watch_is_done_and_told_each_round(runner: StatementRunner) -> None:
    name = await table(runner, "watched")
    (statement,) = split(f"insert into public.{name} select count(*) from public.{name} \\watch 0.1")
    tags: list[str] = []
    async with asyncio.timeout(DEADLINE_S):
        async for answer in runner.run(statement):
            if isinstance(answer, Ran) and isinstance(answer.outcome, Done):
                tags.append(answer.outcome.tag)
                if len(tags) == 3:
                    runner.interrupt()
    assert tags == ["INSERT 0 1"] * 3
    assert await rows(runner, f"select count(*) from public.{name}") == (("3",),)


async def test_switches(runner: StatementRunner) -> None:
    assert await do(runner, "\\x\n\\timing on\n\\x off\n\\timing") == [
        Said("Expanded display is on."),
        Said("Timing is on."),
        Said("Expanded display is off."),
        Said("Timing is off."),
    ]


async def test_scripts_may_hold_every_command(runner: StatementRunner, tmp_path: Path) -> None:
    name = await table(runner, "desk_script")
    (tmp_path / "data.csv").write_text("1,one\n2,two\n")
    (tmp_path / "inner.sql").write_text(f"\\copy public.{name} from '{tmp_path}/data.csv' csv\n\\echo copied\n")
    main = tmp_path / "main.sql"
    main.write_text(f"\\ir inner.sql\n\\dt public.{name}\nselect count(*) from public.{name};\n\\q\nselect 'never';\n")
    told = await do(runner, f"\\i {main}")
    assert [type(answer) for answer in told] == [Ran, Said, Shown, Ran, ScriptEnded]
    assert told[-1] == ScriptEnded(split(f"\\i {main}")[0], str(main), 2)
    assert isinstance(told[3], Ran)
    assert isinstance(told[3].outcome, Rows)
    assert told[3].outcome.rows == (("2",),)
    main.write_text("select 1;\n\\frobnicate\nselect 2;")
    told = await do(runner, f"\\i {main}")
    assert [type(answer) for answer in told] == [Reached, ScriptEnded]  # nothing is sent
    assert isinstance(told[-1], ScriptEnded)
    assert told[-1].trouble == "stopped at line 2"
    main.write_text("\\set ON_ERROR_STOP off\nselect 1/0;\nselect 2;")
    told = await do(runner, f"\\i {main}")
    assert [isinstance(answer, Ran) for answer in told] == [True, True, False]


async def test_a_pattern_is_never_sql(runner: StatementRunner) -> None:
    await table(runner, '"runner\'; drop"')
    for pattern in (r"""public."runner'; drop" """, r"""public.runner*drop"""):
        (shown,) = await do(runner, "\\dt " + pattern)
        assert isinstance(shown, Shown), shown
        assert shown.tables[0].rows[0][1] == "runner'; drop"
    for pattern in ("x'; drop table t; --", "$1", "') or true --", "\\", "''", "x' or '1'='1"):
        (told,) = await do(runner, '\\dt public."' + pattern + '"')
        assert isinstance(told, Said), told
        assert told.text.startswith("Did not find any relation named")
    await do(runner, 'drop table public."runner\'; drop"')
