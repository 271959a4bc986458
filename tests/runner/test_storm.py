"""Load on the simulator: every figure held against what is in the tables afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from dsqltui.client.load_connection import PgLoadConnection
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint, parse_endpoint
from dsqltui.core.results.errors import Conflict
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.storm.connection import LoadConnection, LoadConnectionLost, OpenLoadConnection
from dsqltui.core.storm.report import StormReport
from dsqltui.core.storm.script import LoadScriptUnusable
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.storm.pool import ConnectionPool
from dsqltui.runner.storm.stepping import in_a_task
from dsqltui.runner.storm.storm import ScriptSource, Storm, StormRequest
from dsqltui.sim.aws.control_client import ControlClient
from support.servers.simulator import RunningSimulator

HOT = "BEGIN;\nUPDATE storm.counter SET n = n + 1 WHERE id = 1;\nCOMMIT;\n"
QUICK = Backoff(base_s=0.001, cap_s=0.02, attempts=200)


def _endpoint(simulator: RunningSimulator, number: int) -> Endpoint:
    at = simulator.endpoints[number]
    return replace(parse_endpoint(f"{at.host}:{at.port}"), hostaddr=at.hostaddr, ca_file=simulator.ready["ca_file"])


@pytest.fixture
def opener(simulator: RunningSimulator) -> OpenLoadConnection:
    keys = simulator.ready["credentials"]
    tokens = BotoTokens(access_key_id=keys["access_key_id"], secret_access_key=keys["secret_access_key"])

    async def open_connection(number: int) -> LoadConnection:
        return await PgLoadConnection.opened(_endpoint(simulator, number), "admin", tokens)

    with simulator.connect() as connection:
        connection.execute("create schema if not exists storm")
        connection.execute("drop table if exists storm.counter")
        connection.execute("create table storm.counter (id int primary key, n bigint)")
        connection.execute("insert into storm.counter select g, 0 from generate_series(1, 20) g")
    return open_connection


def _total(simulator: RunningSimulator) -> int:
    with simulator.connect() as connection:
        (found,) = connection.execute("select sum(n)::bigint from storm.counter").fetchone() or (0,)
    return int(found)


def _request(text: str, **more: object) -> StormRequest:
    made = StormRequest(((ScriptSource("s.sql", text),),), ("one", "two"), sessions=6, seconds=0.6, is_simulator=True)
    return replace(made, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def _ready(request: StormRequest, opener: OpenLoadConnection) -> AsyncIterator[Storm]:
    storm = Storm(request, opener)
    try:
        await storm.prepare()
        yield storm
    finally:
        await storm.close()


async def _until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - counters tell nobody that they grew
        await asyncio.sleep(0.01)


async def _ran(request: StormRequest, opener: OpenLoadConnection) -> StormReport:
    async with _ready(request, opener) as storm:
        (report,) = await storm.run()
    return report


async def test_hot_row_without_retry(simulator: RunningSimulator, opener: OpenLoadConnection) -> None:
    tally = (await _ran(_request(HOT), opener)).tally
    assert tally.commits == _total(simulator) > 0
    assert tally.conflicts == tally.given_up > 0
    assert sum(one.runs for one in tally.endpoints) == tally.commits + tally.given_up
    assert all(one.runs for one in tally.endpoints), "both endpoints are used"
    hottest = tally.heat.hottest()
    assert hottest is not None
    assert hottest.row.shown == "storm.counter id=1"
    assert sum(s.commits for one in tally.endpoints for s in one.seconds) == tally.commits
    assert sum(one.commit.count for one in tally.endpoints) == tally.commits


async def test_hot_row_with_retry(simulator: RunningSimulator, opener: OpenLoadConnection) -> None:
    tally = (await _ran(_request(HOT, seconds=None, transactions=40, backoff=QUICK), opener)).tally
    assert (tally.commits, tally.given_up, _total(simulator)) == (40, 0, 40)
    assert sum(one.attempts for one in tally.endpoints) == 40 + tally.conflicts
    assert sum(n * count for one in tally.endpoints for n, count in one.by_attempts.items()) == 40 + tally.conflicts


async def test_a_retry_draws_the_same_numbers_again(simulator: RunningSimulator, opener: OpenLoadConnection) -> None:
    text = """
\\set a random(1, 1000000)
BEGIN;
\\set b random(1, 1000000)
INSERT INTO storm.drawn (a, b) VALUES (:a, :b);
UPDATE storm.counter SET n = n + 1 WHERE id = 1;
COMMIT;
"""
    drawn = []
    for backoff in (QUICK, Backoff(base_s=0.0, attempts=500)):
        with simulator.connect() as connection:
            connection.execute("drop table if exists storm.drawn")
            connection.execute("create table storm.drawn (a int, b int, primary key (a, b))")
        await _ran(_request(text, seconds=None, transactions=12, sessions=1, seed=7, backoff=backoff), opener)
        with simulator.connect() as connection:
            drawn.append(sorted(connection.execute("select a, b from storm.drawn").fetchall()))
    assert len(drawn[0]) == 12
    assert drawn[0] == drawn[1]


async def test_designs_in_turn(opener: OpenLoadConnection) -> None:
    slots = "\\set slot random(1, 8)\n" + HOT.replace("id = 1", "id = :slot")
    request = replace(
        _request(HOT, seconds=0.3, rounds=2), designs=((ScriptSource("hot", HOT),), (ScriptSource("slots", slots),))
    )
    async with _ready(request, opener) as storm:
        one, other = await storm.run()
    assert one.elapsed_s > 0.55 < other.elapsed_s
    assert len({hot.row for hot in one.tally.heat.picture().top}) == 1
    assert len({hot.row for hot in other.tally.heat.picture().top}) > 1


async def test_gset_and_branches(simulator: RunningSimulator, opener: OpenLoadConnection) -> None:
    text = """
SELECT count(*) AS all, min(n) FROM storm.counter WHERE id <= :most \\gset c_
\\if :c_all = 5
UPDATE storm.counter SET n = :c_all WHERE id = 3;
\\else
UPDATE storm.counter SET n = 1000 WHERE id = 3;
\\endif
"""
    request = _request(text, seconds=None, transactions=3, sessions=1, variables=(("most", "5"),))
    assert (await _ran(request, opener)).tally.commits == 3
    assert _total(simulator) == 5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("SELECT * FROM storm.nothing", "no transaction ends well (42P01: relation"),
        ("BEGIN;\nSELECT 1", "s.sql ends within a transaction; add COMMIT"),
        ("\\set a 1 / 0\nSELECT 1", "s.sql, line 1: division by zero"),
        ("SELECT 1 WHERE false \\gset", "\\gset wants one row, not 0"),
    ],
)
async def test_it_stops_by_itself_when_nothing_goes_well(opener: OpenLoadConnection, text: str, sentence: str) -> None:
    report = await asyncio.wait_for(_ran(_request(text, seconds=300.0), opener), 60)
    assert sentence in report.ended_early
    assert report.tally.commits == 0


async def test_rate_counts_from_when_it_was_due(opener: OpenLoadConnection) -> None:
    request = _request("\\sleep 100 ms\nSELECT 1", sessions=2, rate=100.0, seed=1)
    tally = (await _ran(request, opener)).tally
    assert tally.late_s.count > 0
    assert tally.not_begun > 20, "two sessions of 100 ms cannot begin 100 a second"
    assert max(one.transaction.quantile(1.0) for one in tally.endpoints) > 0.25, "the queue is a part of the time"


async def test_unknown_commits_are_not_sent_again(simulator: RunningSimulator, opener: OpenLoadConnection) -> None:
    control = ControlClient.from_ready(simulator.ready)
    async with _ready(_request(HOT, sessions=2, seconds=None, transactions=30, backoff=QUICK), opener) as storm:
        await asyncio.to_thread(control.change_faults, {"lose-commit-answer": 3})
        try:
            (report,) = await storm.run()
        finally:
            await asyncio.to_thread(control.change_faults, {"lose-commit-answer": None})
    tally = report.tally
    assert sum(one.unknown for one in tally.endpoints) == 3
    assert _total(simulator) == tally.commits + 3 == 30


async def test_schema_conflicts_have_no_hot_rows(simulator: RunningSimulator, opener: OpenLoadConnection) -> None:
    text = "BEGIN;\nSELECT n FROM storm.counter WHERE id = 1;\n\\sleep 50 ms\nSELECT n FROM storm.counter WHERE id = 1;\nCOMMIT;\n"
    async with _ready(_request(text, seconds=300.0), opener) as storm:
        running = asyncio.ensure_future(storm.run())

        def alter() -> None:
            with simulator.connect() as connection:
                connection.execute("alter table storm.counter add column more int")

        await _until(lambda: storm.reports()[0].tally.commits)
        await asyncio.to_thread(alter)
        await _until(lambda: storm.reports()[0].tally.conflicts)
        storm.stop("enough")
        (report,) = await running
    assert report.ended_early == "enough"
    assert sum(one.conflicts[Conflict.SCHEMA] for one in report.tally.endpoints) > 0
    assert report.tally.heat.hottest() is None


async def test_pause_and_resume(opener: OpenLoadConnection) -> None:
    async with _ready(_request("SELECT 1", seconds=300.0), opener) as storm:
        running = asyncio.ensure_future(storm.run())
        await _until(lambda: storm.reports()[0].tally.commits >= 10)
        storm.pause()
        assert storm.is_paused
        runs = sum(one.runs for one in storm.reports()[0].tally.endpoints)
        stood = storm.reports()[0].elapsed_s
        assert storm.reports()[0].elapsed_s == stood
        storm.resume()
        await _until(lambda: sum(one.runs for one in storm.reports()[0].tally.endpoints) > runs)
        storm.stop("enough")
        await running


async def test_script_problems_come_before_any_connection() -> None:
    async def never(_: int) -> LoadConnection:
        raise AssertionError

    with pytest.raises(LoadScriptUnusable, match=r"s.sql, line 1: \\setshell is not supported"):
        Storm(_request("\\setshell a b"), never)


async def test_one_refused_connection_is_enough(opener: OpenLoadConnection) -> None:
    asked: list[int] = []

    async def third_fails(number: int) -> LoadConnection:
        asked.append(number)
        if len(asked) == 3:
            raise ConnectFailed("no more")
        return await opener(number)

    storm = Storm(_request("SELECT 1"), third_fails)
    with pytest.raises(ConnectFailed, match="no more"):
        await storm.prepare()
    assert storm.open_connections == 0


async def test_connection_that_ends(opener: OpenLoadConnection) -> None:
    connection = await opener(0)
    assert (await in_a_task(connection.ask(b"SELECT 1 AS a, NULL AS b", wants_rows=True))).rows == (("1", None),)
    refused = await in_a_task(connection.ask(b"SELEC 1"))
    assert refused.error is not None
    assert refused.error.sqlstate == "42601"
    await in_a_task(connection.ask(b"BEGIN"))
    assert connection.is_in_transaction
    waiting = in_a_task(connection.ask(b"SELECT pg_sleep(30)"))
    connection.close()
    with pytest.raises(LoadConnectionLost, match="was closed"):
        await waiting
    with pytest.raises(LoadConnectionLost, match="is closed"):
        connection.ask(b"SELECT 1")


async def test_connects_keep_to_the_pace(opener: OpenLoadConnection) -> None:
    loop, times = asyncio.get_running_loop(), list[float]()

    async def noted(number: int) -> LoadConnection:
        times.append(loop.time())
        return await opener(number)

    pool = ConnectionPool(noted, sessions=6, endpoints=2, connects_per_s=20.0)
    await pool.open_all()
    assert pool.open_count == 6
    assert times[-1] - times[0] > 0.2
    await pool.close()
    assert pool.open_count == 0


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_one_process_drives_256_sessions(simulator: RunningSimulator, opener: OpenLoadConnection) -> None:
    text = "\\set id random(1, 20)\nBEGIN;\nUPDATE storm.counter SET n = n + 1 WHERE id = :id;\nCOMMIT;\n"
    async with _ready(
        _request(text, sessions=256, seconds=None, transactions=400, backoff=Backoff(attempts=4)), opener
    ) as storm:
        assert storm.open_connections == 256
        (report,) = await storm.run()
    one, other = report.tally.endpoints
    assert one.runs + other.runs == 400
    assert min(one.runs, other.runs) > 50
    assert report.tally.commits + report.tally.given_up == 400
    assert _total(simulator) == report.tally.commits
