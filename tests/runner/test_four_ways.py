"""One text, four ways to run it - screen, exec, --plain, labs - and one journal: what was sent, what came back, what is
known of the data. On one real simulator, with real sessions."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.roles import BotoRoles
from dsqltui.core.answers.fate import Fate
from dsqltui.core.formats import Format
from dsqltui.core.journal.journal import Entry, Event, Journal
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.scripts.statement import split
from dsqltui.headless.plain import Plain, _Side
from dsqltui.headless.script_run import Script, ScriptRun
from dsqltui.headless.transcript import Transcript
from dsqltui.labs.panes import HeadlessPanes
from dsqltui.launch.lab_host import SwitchedSessions
from dsqltui.runner.jobs import RunStatements
from dsqltui.runner.statements.statement_runner import plain_runner
from dsqltui.sim.aws.control_client import ControlClient
from dsqltui.sim.faults.faults import parse_changes
from support.screens.real_console import endpoints_of, real_app, tokens_of
from support.servers.simulator import RunningSimulator, running_simulator

TEXTS = {
    "a transaction": "begin;\ninsert into w values (1, 'a');\nselect v from w where id = 1;\ncommit;",
    "autocommit": "insert into w values (1, 'a');\nupdate w set v = 'b';\ndelete from w where id = 1;",
    "refused within a transaction": "begin;\nselect nope;\ncommit;\ninsert into w values (9, 'never');",
    "refused by itself": "select nope;\nselect 1;",
    "BEGIN refused": "begin isolation level serializable;\ndelete from w;\nrollback;",
    "variables": "\\set who carlos\nselect :'who' as who;\nselect :'who' || :'who';",
    "read-only": "begin read only;\ninsert into w values (1, 'x');\nrollback;",
    "rows": "select g from generate_series(1, 5) g;",
    "a listing": "\\d w",
    "a listing of nothing": "\\dt nothing_there\nselect 1;",
    "comments": "-- before\nselect /* within */ 1; -- behind\nselect 2;",
    "COPY from the script": "copy w from stdin csv;\n1,one\n2,two\n\\.\nselect count(*) from w;",
    "settings": "set search_path = public;\nshow search_path;\nreset search_path;",
    "DDL": "create table w_more (id int primary key);\ndrop table w_more;",
    "g and gx": "select 1 as a \\gx\nselect 2 as b \\g",
    "several on one line": "begin; insert into w values (5, 'five'); rollback;",
    "an open end": "begin;\ninsert into w values (6, 'six');",
    "FOR UPDATE": "begin;\nselect * from w for update;\ncommit;",
    "unicode": "select 'naïve 東京 🎌' as text;",
}

Said = tuple[object, ...]
Way = Callable[[RunningSimulator, str, Path], Awaitable[list[Entry]]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with running_simulator(tmp_path_factory.mktemp("world"), "--ephemeral", "--no-idle-oc001") as simulator:
        with simulator.connect() as connection:
            connection.execute("CREATE TABLE w (id int PRIMARY KEY, v text)")
        yield simulator


async def by_screen(simulator: RunningSimulator, text: str, _folder: Path) -> list[Entry]:
    async with real_app(simulator, (120, 40)) as (app, pilot):
        side = app.console_screen.sides["A"]
        while side.queue.running is not None or side.queue.state.name == "NONE":
            await pilot.pause()
        side.queue.put(RunStatements(tuple(split(text))))
        while side.queue.running is not None or side.queue.waiting_count:
            await pilot.pause()
        return list(app.console_screen.services.journal)


async def by_exec(simulator: RunningSimulator, text: str, folder: Path) -> list[Entry]:
    from dsqltui.headless.output import Output

    journal = Journal()
    with Engine() as engine:
        session = PgSession(engine, endpoints_of(simulator)[0], "admin", tokens_of(simulator))
        output = Output(folder / "out")
        run = ScriptRun(session, output, lambda _: None, form=Format.TABLE, variables={}, journal=journal)
        await run.connect()
        await run.run([Script(text, "")])
        await session.close()
        output.close()
    return list(journal)


async def by_plain(simulator: RunningSimulator, text: str, _folder: Path) -> list[Entry]:
    journal = Journal()
    with Engine() as engine, redirect_stdout(io.StringIO()):
        sides = []
        for letter, endpoint in zip("AB", endpoints_of(simulator), strict=True):
            session = PgSession(engine, endpoint, "admin", tokens_of(simulator))
            transcript = Transcript(letter)
            run = ScriptRun(
                session, transcript, transcript.say, form=Format.TABLE, variables={}, letter=letter, journal=journal
            )
            sides.append(_Side(letter, session, run, transcript))
        plain = Plain(sides)
        await plain.connect(sides[:1])
        for line in text.split("\n"):
            await plain.line(line)
            if plain.is_void or plain.code:  # the others have one run that stops at the first failure
                break
        else:
            await plain.end()
        for side in sides:
            await side.session.close()
    return list(journal)


async def by_lab(simulator: RunningSimulator, text: str, _folder: Path) -> list[Entry]:
    journal = Journal()
    with Engine() as engine:
        ends = endpoints_of(simulator)
        roles = BotoRoles(engine, ends, tokens_of(simulator), "admin")
        panes = HeadlessPanes(SwitchedSessions(roles, dict(zip("AB", ends, strict=True))), journal, plain_runner)
        await panes.connect("A")
        await panes.run("A", text)
        await panes.close()
    return list(journal)


WAYS: dict[str, Way] = {"screen": by_screen, "exec": by_exec, "plain": by_plain, "lab": by_lab}


def said(entries: list[Entry]) -> list[Said]:
    """What the journal says, without clocks and without the connection of pane B."""
    numbers: dict[int | None, int | None] = {None: None}
    told: list[Said] = []
    for entry in entries:
        if entry.pane != "A":
            continue
        number = numbers.setdefault(entry.transaction, len(numbers))
        told.append(
            (
                entry.event,
                entry.user,
                entry.region,
                entry.sql,
                entry.kind,
                _of(entry.outcome),
                entry.copy_bytes,
                entry.row_count,
                entry.state_before,
                entry.state_after,
                entry.fate,
                number,
            )
        )
    return told


def _of(outcome: Outcome | None) -> Any:
    match outcome:
        case Rows(columns=columns, rows=rows, tag=tag):
            return tag, columns, rows
        case Done(tag=tag):
            return tag
        case Refused(error=error):
            return error
        case Lost(state_before=before, was_sent=was_sent):
            return before, was_sent
    return None


async def run(world: RunningSimulator, text: str, folder: Path) -> dict[str, list[Said]]:
    told = {}
    for name, way in WAYS.items():
        with world.connect() as connection:
            connection.execute("DELETE FROM w")
        told[name] = said(await way(world, text, folder))
        (folder / "out").unlink(missing_ok=True)
    return told


@pytest.mark.parametrize("name", TEXTS)
async def test_every_way_leaves_the_same_journal(world: RunningSimulator, name: str, tmp_path: Path) -> None:
    told = await run(world, TEXTS[name], tmp_path)
    assert len(told["screen"]) > 1, "the connection and what was sent"
    for way in ("exec", "plain", "lab"):
        assert told[way] == told["screen"], way


async def test_a_commit_whose_answer_is_lost_is_unknown_in_every_journal(
    world: RunningSimulator, tmp_path: Path
) -> None:
    text = "begin;\ninsert into w values (1, 'a');\ncommit;"
    told = {}
    for name, way in WAYS.items():
        with world.connect() as connection:
            connection.execute("DELETE FROM w")
        ControlClient.from_ready(world.ready).change_faults(parse_changes(["lose-commit-answer=1"]))
        told[name] = said(await asyncio.wait_for(way(world, text, tmp_path), 60))
        (tmp_path / "out").unlink(missing_ok=True)
    fates = [entry[-2] for entry in told["screen"] if entry[0] is Event.STATEMENT]
    assert fates == [Fate.PENDING, Fate.PENDING, Fate.UNKNOWN]
    for way_name in ("exec", "plain", "lab"):
        assert told[way_name] == told["screen"], way_name
