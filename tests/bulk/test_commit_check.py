r"""Did it commit? Every verdict on a real simulator: the answer of a COMMIT that was done is lost, or COMMIT fails with
XX000 and was not done; rows looked at on the other endpoint, nothing sent again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from client.test_with_simulator import endpoint_of
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.answers.fate import Fate
from dsqltui.core.formats import Format
from dsqltui.core.journal.journal import Journal
from dsqltui.core.scripts.statement import split
from dsqltui.headless.script_run import ScriptRun
from dsqltui.headless.transcript import Transcript
from dsqltui.sim.aws.control_client import ControlClient
from dsqltui.sim.faults.faults import parse_changes
from support.servers.simulator import RunningSimulator, running_simulator

COMMITTED, NOT_COMMITTED, UNKNOWN = "COMMITTED", "NOT COMMITTED", "CANNOT BE TOLD"

TABLES = (
    "create table acc (id int primary key, owner text, balance numeric(12,2))",
    "create table pair (a int, b text, n int, primary key (a, b))",
    "create table made (id uuid primary key default gen_random_uuid(), v text)",
    "create table keyless (id int, v text)",
)
ROWS = (
    "delete from acc", "delete from pair", "delete from made", "delete from keyless",
    "insert into acc values (1, 'Ann', 100), (2, 'Bob', 50), (3, 'Cat', 0)",
    "insert into pair values (1, 'x', 1), (1, 'y''s', 2), (2, 'x', 3)",
    "insert into keyless values (1, 'a')",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    sql: str
    done: str = COMMITTED
    """The verdict when it was committed."""
    not_done: str = NOT_COMMITTED
    meanwhile: str = ""
    """What somebody else does before the look."""
    because: str = ""


CASES = {
    "insert": Case("begin; insert into acc (id, balance) values (9, 1.005);"),
    "insert in autocommit": Case("insert into acc values (9, 'Zed', 1)"),
    "insert of several rows": Case("begin; insert into acc values (8, 'x', 1), (9, 'it''s', -2);"),
    "insert with a key that came back": Case("begin; insert into made (v) values ('q') returning id, v;"),
    "insert with a key nobody knows": Case(
        "begin; insert into made (v) values ('q');", UNKNOWN, UNKNOWN, because="its key was made by the server"
    ),
    "update with what was read": Case(
        "begin; select * from acc where id = 1; update acc set balance = balance - 30 where id = 1;"
    ),
    "update twice": Case(
        "begin; select id, balance from acc where id in (1, 2);"
        "update acc set balance = balance - 10 where id = 1; update acc a set balance = a.balance + 10 where a.id = 2;"
        "update acc set balance = balance * 2 where id = 2;"
    ),
    "update guarded by its WHERE": Case("begin; update acc set owner = 'Amy' where id = 1 and owner = 'Ann';"),
    "update that returns": Case("begin; select * from acc; update acc set balance = balance + 1 returning *;"),
    "update blind": Case(
        "begin; update acc set balance = 7 where id = 1;", UNKNOWN, UNKNOWN, because="held before is not known"
    ),
    "update without effect": Case(
        "begin; select * from acc where id = 1; update acc set owner = 'Ann' where id = 1;",
        UNKNOWN,
        UNKNOWN,
        because="made no difference",
    ),
    "delete": Case("begin; delete from acc where id = 3;"),
    "delete in autocommit": Case("delete from acc where id = 3", UNKNOWN, because="held before is not known"),
    "delete of several rows": Case("begin; delete from acc where id in (1, 3);"),
    "composite key": Case(
        "begin; select * from pair where a = 1; update pair set n = n + 1 where b = 'y''s' and a = 1;"
    ),
    "composite key deleted": Case("begin; delete from pair where a = 2 and b in ('x');"),
    "insert beside a blind update": Case(
        "begin; update acc set owner = 'x' where id = 1; insert into pair values (5, 'z', 0);"
    ),
    "changed meanwhile": Case(
        "begin; select * from acc where id = 1; update acc set balance = 7 where id = 1;",
        UNKNOWN,
        UNKNOWN,
        "update acc set balance = 8 where id = 1",
        "others have changed its rows since",
    ),
    "one of two changed meanwhile": Case(
        "begin; select * from acc; update acc set balance = 7 where id in (1, 2);",
        meanwhile="update acc set balance = 8 where id = 1",
    ),
    "no primary key": Case(
        "begin; insert into keyless values (2, 'b');", UNKNOWN, UNKNOWN, because="none of its rows can be looked for"
    ),
    "every row": Case(
        "begin; update acc set owner = 'x';", UNKNOWN, UNKNOWN, because="none of its rows can be looked for"
    ),
}


class CommitLab:
    """A pane without a screen, on the first endpoint of a simulator of its own."""

    def __init__(self, simulator: RunningSimulator, engine: Engine) -> None:
        self.simulator = simulator
        credentials = simulator.ready["credentials"]
        tokens = BotoTokens(
            access_key_id=credentials["access_key_id"], secret_access_key=credentials["secret_access_key"]
        )
        endpoints = endpoint_of(simulator, 0), endpoint_of(simulator, 1)
        self.journal, self.said = Journal(), list[str]()
        session = PgSession(engine, endpoints[0], "admin", tokens)
        self.run = ScriptRun(
            session,
            Transcript("A"),
            self.said.append,
            form=Format.TABLE,
            variables={},
            journal=self.journal,
            page_rows=100,
            endpoints=endpoints,
        )

    async def fault(self, *changes: str) -> None:
        client = ControlClient.from_ready(self.simulator.ready)
        await asyncio.to_thread(client.change_faults, parse_changes(changes))

    async def statements(self, sql: str) -> None:
        for statement in split(sql):
            await self.run.run_statement(statement)


@pytest.fixture(scope="module")
def commit_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with running_simulator(tmp_path_factory.mktemp("commits"), "--ephemeral", "--no-idle-oc001") as simulator:
        with simulator.connect() as connection:
            for sql in TABLES:
                connection.execute(sql)
        yield simulator


@pytest_asyncio.fixture
async def lab(commit_simulator: RunningSimulator) -> AsyncIterator[CommitLab]:
    with Engine() as engine:
        lab = CommitLab(commit_simulator, engine)
        yield lab
        await lab.fault("lose-commit-answer=default", "server-unavailable=default")
        await lab.run.close()


async def verdict_on(lab: CommitLab, case: Case, fault: str) -> str:
    """What `\\commit-check` says after the transaction met that fault at its end."""
    with lab.simulator.connect(1) as other:
        for sql in ROWS:
            other.execute(sql)
        await lab.run.connect()
        *before, last = split(case.sql) if not case.sql.startswith("begin") else [*split(case.sql), *split("commit")]
        for statement in before:
            await lab.run.run_statement(statement)
        await lab.fault(fault)
        await lab.run.run_statement(last)
        assert list(lab.journal)[-1 if "unavailable" in fault else -2].fate is Fate.UNKNOWN
        if case.meanwhile:
            other.execute(case.meanwhile)
        sent = len(lab.journal)
        lab.said.clear()
        await lab.statements(r"\commit-check")
        assert [entry.sql for entry in list(lab.journal)[sent:]] in ([], [r"\commit-check"])
    return "\n".join(lab.said)


QUICK = (
    "insert",
    "insert with a key nobody knows",
    "update twice",
    "delete of several rows",
    "composite key",
    "changed meanwhile",
    "no primary key",
)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in CASES]
)
async def test_verdicts(lab: CommitLab, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    case = CASES[name]
    for fault, verdict in (("lose-commit-answer=1", case.done), ("server-unavailable=1", case.not_done)):
        said = await verdict_on(lab, case, fault)
        assert f": {verdict}" in said, (fault, said, capsys.readouterr().out)
        assert lab.simulator.endpoints[1].region in said
        if verdict is UNKNOWN:
            assert case.because in said


async def test_nothing_to_check(lab: CommitLab) -> None:
    await lab.run.connect()
    await lab.statements(r"select 1; \commit-check")
    assert "Nothing to check" in lab.said[-1]
