"""Cases explored on the simulator: the specs that come along, retry, the way out, what is put back."""

import asyncio
from pathlib import Path

import pytest

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.core.interleaving.cures import advice_on, ranked
from dsqltui.core.interleaving.findings import Coverage, failures_of
from dsqltui.core.interleaving.judging import OrderVerdict
from dsqltui.core.interleaving.scripts import script_of
from dsqltui.core.interleaving.spec import Expectation, InterleavingSpec
from dsqltui.core.interleaving.spec_file import read_spec
from dsqltui.core.results.outcome import Outcome, Rows
from dsqltui.runner.interleaving.exploring import ExploreOptions, Explorer
from dsqltui.runner.interleaving.shipped import shipped_specs
from dsqltui.runner.interleaving.trouble import CannotExplore
from dsqltui.sim.aws.control_client import ControlClient
from dsqltui.sim.faults.faults import parse_changes
from support.servers.interleaving import DEFAULT, Exploring
from support.servers.simulator import RunningSimulator, running_simulator

SPECS = shipped_specs()
LARGE = {"otv", "write-skew-three", "g2-two-edges", "read-only-anomaly"}
"""Three transactions: 36 classes, thousands of orders."""


@pytest.fixture
def exploring(engine: Engine, simulator: RunningSimulator) -> Exploring:
    return Exploring(engine, simulator)


@pytest.fixture
def schema(simulator: RunningSimulator) -> str:
    with simulator.connect() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS interleave_test")
    return "interleave_test"


def shipped(name: str) -> InterleavingSpec:
    return read_spec(name, SPECS[name].read_text(encoding="utf-8"))


def test_the_specs_that_come_along_say_what_they_are() -> None:
    assert len(SPECS) == 33
    for name in SPECS:
        spec = shipped(name)
        assert spec.about, name
        assert spec.expected.counts, name
        assert not spec.notes, name


@pytest.mark.parametrize("name", [n for n in SPECS if n not in LARGE - {"read-only-anomaly"}])
async def test_spec(exploring: Exploring, name: str) -> None:
    spec = shipped(name)
    findings = await exploring.explore(spec)
    assert failures_of(findings, spec.expected) == ()
    assert findings.odd == 0
    assert findings.coverage is Coverage.CLASSES


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(LARGE))
async def test_spec_of_three(exploring: Exploring, name: str) -> None:
    spec = shipped(name)
    assert failures_of(await exploring.explore(spec), spec.expected) == ()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SPECS)
async def test_all_orders_agree_with_their_classes(exploring: Exploring, name: str) -> None:
    findings = await exploring.explore(shipped(name), ExploreOptions(is_all=True, has_own_schema=True, limit=600))
    assert findings.odd == 0
    assert findings.is_complete


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_four_transactions_have_576_classes(exploring: Exploring) -> None:
    text = "setup { CREATE TABLE t (k int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4); }\n"
    for letter, key in zip("abcd", (1, 2, 3, 1), strict=True):
        text += (
            f"session {letter} step {letter}1 {{ BEGIN }} step {letter}2 {{ UPDATE t SET v = v + 1 WHERE k = {key} }} "
        )
        text += f"step {letter}3 {{ COMMIT }}\n"
    findings = await exploring.explore(read_spec("four", text))
    assert (len(findings.judged), findings.order_count, findings.odd, findings.anomalies) == (576, 369_600, 0, 0)
    assert {one.judgement.losers for one in findings.judged} == {(), (0,), (3,)}


async def test_all_orders_of_a_small_case(exploring: Exploring) -> None:
    findings = await exploring.explore(shipped("pmp-write"), ExploreOptions(is_all=True, has_own_schema=True))
    assert [(len(g.members), g.judgement.verdict) for g in findings.groups] == [
        (9, OrderVerdict.LOSES),
        (9, OrderVerdict.LOSES),
        (2, OrderVerdict.SERIALISABLE),
    ]
    assert (findings.coverage, findings.odd, findings.order_count) == (Coverage.ALL, 0, 20)


async def test_who_loses_begins_again_and_everything_is_serial(exploring: Exploring) -> None:
    options = ExploreOptions(is_retrying=True, has_own_schema=True)
    findings = await exploring.explore(shipped("stock-counter"), options)
    assert failures_of(findings, Expectation(("serial-after-retry", "no-anomaly"))) == ()
    assert findings.lost == 2
    assert {outcome.rows for one in findings.judged for outcome in one.run.final} == {(("lamp", "3"),)}  # type: ignore[union-attr]


@pytest.mark.long
async def test_resending_a_payment_whose_answer_was_lost_pays_twice(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine
) -> None:
    spec = read_spec(
        "payment",
        """
        setup { CREATE TABLE payments (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), amount int NOT NULL); }
        session a step a1 { BEGIN } step a2 { INSERT INTO payments (amount) VALUES (10) } step a3 { COMMIT }
        session b step b1 { BEGIN } step b2 { SELECT count(*) FROM payments } step b3 { COMMIT }
        check { SELECT amount FROM payments }
        """,
    )
    with running_simulator(tmp_path_factory.mktemp("lossy"), "--ephemeral") as lossy:
        control = ControlClient.from_ready(lossy.ready)

        class LosesOneAnswer(PgSession):
            """Loses the answer of its fourth COMMIT: the first three are those of the serial runs."""

            commits = 0

            async def run(self, statement: str, *, limit: int, copy_data: str | None = None) -> Outcome:
                self.commits += statement == "COMMIT"
                if statement == "COMMIT" and self.commits == 4:
                    await asyncio.to_thread(control.change_faults, parse_changes(["lose-commit-answer=1"]))
                return await super().run(statement, limit=limit, copy_data=copy_data)

        exploring = Exploring(engine, lossy, {0: LosesOneAnswer})
        findings = await exploring.explore(spec, ExploreOptions(is_retrying=True, has_own_schema=True))
    assert findings.not_serial_after_retry == 1
    assert sum(len(o.rows) == 2 for one in findings.judged for o in one.run.final if isinstance(o, Rows)) == 1
    assert "serial-after-retry" in failures_of(findings, Expectation(("serial-after-retry",)))[0]


async def test_the_way_out_of_write_skew_is_for_update_on_both_sides(exploring: Exploring) -> None:
    findings, tried = await exploring.with_cures(shipped("write-skew"))
    best = ranked(tried)[0]
    assert findings.anomalies == 2
    assert best.sentence == "FOR UPDATE on A's line 2 and B's line 2: 0 anomalies, 2 of 4 orders lose one"
    assert [s.sql for s in best.findings.scripts[0].statements][
        1
    ] == "SELECT name FROM doctors WHERE on_call FOR UPDATE"
    assert advice_on(tried) == ""
    assert any(one.cure.is_one_sided and one.sentence.endswith("not verified on AWS)") for one in tried)


async def test_rows_that_do_not_exist_need_a_row_in_common(exploring: Exploring) -> None:
    _, tried = await exploring.with_cures(shipped("g2"))
    assert [one.cure.needs_guard for one in tried if one.works] == [True]
    assert (
        ranked(tried)[0].sentence
        == "a row that all of them write, right after BEGIN: 0 anomalies, 2 of 4 orders lose one"
    )
    assert "cannot flag rows that do not exist yet" in advice_on(tried)


async def test_ddl_brings_oc001_and_is_an_event(exploring: Exploring) -> None:
    spec = read_spec(
        "ddl",
        """
        setup { CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 10); }
        session a step a1 { BEGIN } step a2 { UPDATE t SET v = 11 WHERE id = 1 } step a3 { COMMIT }
        session b step b1 { ALTER TABLE t ADD COLUMN w int }
        check { SELECT id, v FROM t }
        """,
    )
    findings = await exploring.explore(spec, ExploreOptions(is_all=True, has_own_schema=True))
    assert findings.odd == 0
    assert [(len(g.members), g.judgement.verdict, g.judgement.losers) for g in findings.groups] == [
        (2, OrderVerdict.LOSES, (0,)),
        (2, OrderVerdict.SERIALISABLE, ()),
    ]


async def test_what_is_done_is_kept_when_it_is_stopped(exploring: Exploring) -> None:
    def stop(explorer: Explorer, done: int, _total: int) -> None:
        explorer.is_stopping = done == 7  # five serial runs and two orders

    findings = await exploring.explore(
        shipped("p4"), ExploreOptions(is_all=True, has_own_schema=True, copies=1), on_progress=stop
    )
    assert (len(findings.judged), findings.planned, findings.is_complete) == (2, 70, False)
    assert failures_of(findings, Expectation(("no-anomaly",))) == ("2 orders of 70 were run.",)


async def test_copies_find_the_same(exploring: Exploring) -> None:
    findings = await exploring.explore(shipped("p4"), ExploreOptions(has_own_schema=True, copies=2))
    assert failures_of(findings, shipped("p4").expected) == ()


async def test_there_are_as_many_copies_as_the_database_has_room_for(engine: Engine, tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--ephemeral") as simulator:
        with simulator.connect() as connection:
            for number in range(7):
                connection.execute(f"CREATE SCHEMA full_{number}")
        options = ExploreOptions(is_all=True, has_own_schema=True, copies=4)
        findings = await Exploring(engine, simulator).explore(shipped("lab-5-snapshot"), options)
        assert failures_of(findings, shipped("lab-5-snapshot").expected) == ()
        with simulator.connect() as connection:
            left = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dsqltui%'").fetchall()
    assert left == []


async def test_tables_of_the_user_are_put_back(exploring: Exploring, simulator: RunningSimulator, schema: str) -> None:
    with simulator.connect() as connection:
        connection.execute(
            f"CREATE TABLE {schema}.stock (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1), item text PRIMARY KEY, n int)"
        )
        connection.execute(f"INSERT INTO {schema}.stock (item, n) VALUES ('it''s', 5), ('nil', NULL)")
        before = connection.execute(f"SELECT * FROM {schema}.stock ORDER BY item").fetchall()
        texts = (
            f"BEGIN; UPDATE {schema}.stock SET n = n - 1; COMMIT;",
            f"INSERT INTO {schema}.stock (item, n) VALUES ('new', 1)",
        )
        spec = InterleavingSpec("stock", (script_of("A", texts[0]), script_of("B", texts[1])))
        findings = await exploring.explore(spec, ExploreOptions())
        assert connection.execute(f"SELECT * FROM {schema}.stock ORDER BY item").fetchall() == before
    assert findings.anomalies == 0
    assert findings.notes[0] == "Filled by a sequence, which no reset turns back, and not compared: id."


@pytest.mark.parametrize(
    ("setup", "a", "problem"),
    [
        ("CREATE TABLE t (id serial PRIMARY KEY);", "SELECT 1", 'type "serial" does not exist (42704)'),
        (
            "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 501);",
            "DELETE FROM t",
            "more than 500 rows",
        ),
    ],
)
async def test_why_a_case_cannot_be_run(exploring: Exploring, setup: str, a: str, problem: str) -> None:
    spec = read_spec("wrong", f"setup {{ {setup} }} session a step x {{ {a} }} session b step y {{ SELECT 1 }}")
    with pytest.raises(CannotExplore) as told:
        await exploring.explore(spec)
    assert problem in str(told.value)


async def test_a_script_that_fails_alone_is_named(exploring: Exploring) -> None:
    spec = read_spec("typo", "session a step x { BEGIN; SELEC 1; COMMIT } session b step y { SELECT 1 }")
    findings = await exploring.explore(spec, DEFAULT)
    assert 'A alone is refused at its statement 2: syntax error at or near "SELEC" (42601).' in findings.notes


async def test_no_schema_is_left(exploring: Exploring, simulator: RunningSimulator) -> None:
    await exploring.explore(shipped("g2"))
    with simulator.connect() as connection:
        assert connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dsqltui%'").fetchall() == []
