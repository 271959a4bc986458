"""EXPLAIN on the embedded PostgreSQL 16: its plans of real statements, in Aurora DSQL's shapes."""

import re
from collections.abc import Iterator

import pytest

from dsqltui.sim.explain.explain import FACTS, PlanSink, parse_explain, render
from dsqltui.sim.explain.plan import parse_plans
from dsqltui.sim.explain.plan_schema import plan_schema
from dsqltui.sim.explain.storage_plan import is_one_relation
from dsqltui.sim.explain.text import plan_lines
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.backend import Backend
from support.servers.explain_lab import STATEMENTS, ExplainLab, explain_lab

# how AWS's own migration toolkit reads the block
DPU = re.compile(r"\b(compute|read|write|total)\b\s*:\s*([0-9]*\.?[0-9]+)\s*DPU", re.IGNORECASE)
COSTS = re.compile(r"cost=(\d+\.\d\d)\.\.(\d+\.\d\d)")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExplainLab]:
    with explain_lab(tmp_path_factory.mktemp("postgres")) as running:
        yield running


def shapes(lab: ExplainLab, sql: str) -> list[str]:
    """The lines without numbers."""
    return [re.sub(r"  \((cost|actual).*", "", line) for line in lab.explain(sql)]


def dpus(lines: list[str]) -> dict[str, float]:
    return {name.lower(): float(value) for name, value in DPU.findall("\n".join(lines))}


class TestAgainstPostgresql:
    """What is not a scan of a table is shown as PostgreSQL shows it, letter by letter."""

    @pytest.mark.parametrize("options", ["", "VERBOSE", "ANALYZE, TIMING OFF", "ANALYZE, VERBOSE, TIMING OFF"])
    def test_nodes_without_storage(self, lab: ExplainLab, options: str) -> None:
        for statement in STATEMENTS:
            sql = f"EXPLAIN ({options + ', ' if options else ''}SUMMARY OFF) {statement}"
            request = parse_explain(sql)
            assert request is not None
            plans = parse_plans(lab.plan_json(request))
            roots = [plan.root for plan in plans if plan.root is not None]
            ours = [line for root in roots for line in plan_lines(root, request, one_relation=is_one_relation(root))]
            hidden = ("Heap Fetches", "Trigger", "Rows Removed by Filter: 0")  # the last: between 0 and a half
            theirs = [line for line in lab.lines(sql) if not line.strip().startswith(hidden)]
            assert ours == theirs, sql

    def test_times_and_triggers(self, lab: ExplainLab) -> None:
        sql = "EXPLAIN (ANALYZE, TIMING OFF) INSERT INTO points_balances SELECT id, 1 FROM customers WHERE age = 87"
        ours = lab.explain(sql)
        assert re.fullmatch(r"Planning Time: \d+\.\d{3} ms", ours[-3])
        assert ours[-2] == lab.lines(sql)[-2] == "Trigger for constraint points_balances_customer_id_fkey: calls=71"
        assert re.fullmatch(r"Execution Time: \d+\.\d{3} ms", ours[-1])

    def test_settings(self, lab: ExplainLab) -> None:
        sql = "EXPLAIN (SETTINGS) SELECT 1"
        with lab.connection.transaction(force_rollback=True):
            lab.connection.execute("SET LOCAL enable_hashjoin = off")
            assert lab.explain(sql) == lab.lines(sql)


class TestWorkshop:
    """The statements of the published workshop."""

    def test_the_new_index_is_used(self, lab: ExplainLab) -> None:
        assert shapes(lab, "EXPLAIN SELECT phone_num FROM xpoints.customers LIMIT 1") == [
            "Limit",
            "  ->  Index Only Scan using customers_phone_num_idx on customers",
            "        -> Storage Scan on customers_phone_num_idx",
            "            Projections: phone_num",
            "            Limit: 1",
            "            -> B-Tree Scan on customers_phone_num_idx",
        ]

    def test_the_table_is_its_primary_key(self, lab: ExplainLab) -> None:
        lines = shapes(lab, "EXPLAIN SELECT * FROM xpoints.customers LIMIT 1")
        assert lines[1] == "  ->  Index Only Scan using customers_pkey on customers"
        assert lines[-1] == "            -> B-Tree Scan on customers_pkey"

    def test_documented_start_up_cost(self, lab: ExplainLab) -> None:
        lines = lab.explain("EXPLAIN SELECT phone_num FROM xpoints.customers LIMIT 1")
        assert "(cost=725.0" in lines[1]  # 725.03 on a real cluster, with the same 5,000 rows

    def test_select_1(self, lab: ExplainLab) -> None:
        assert lab.explain("EXPLAIN SELECT 1") == ["Result  (cost=0.00..0.01 rows=1 width=4)"]


class TestScans:
    def test_primary_key_needs_no_heap(self, lab: ExplainLab) -> None:
        key = "'0000a2c0-71c2-473a-856b-ffb89526d5e5'"
        assert shapes(lab, f"EXPLAIN SELECT age, state FROM customers WHERE id = {key}") == [
            "Index Only Scan using customers_pkey on customers",
            f"  Index Cond: (id = {key}::uuid)",
            "  -> Storage Scan on customers_pkey",
            "      Projections: age, state",
            "      -> B-Tree Scan on customers_pkey",
            f"          Index Cond: (id = {key}::uuid)",
        ]

    def test_a_small_table_is_searched_too(self, lab: ExplainLab) -> None:
        lines = shapes(lab, "EXPLAIN SELECT name FROM catalog_items WHERE id > 3 AND name LIKE 'a%' AND is_active")
        assert lines == [
            "Index Only Scan using catalog_items_pkey on catalog_items",
            "  Index Cond: (id > 3)",
            "  Filter: ((name)::text ~~ 'a%'::text)",
            "  -> Storage Scan on catalog_items_pkey",
            "      Projections: name",
            "      Filters: is_active",
            "      -> B-Tree Scan on catalog_items_pkey",
            "          Index Cond: (id > 3)",
        ]

    def test_secondary_index_holds_the_primary_key(self, lab: ExplainLab) -> None:
        lines = shapes(lab, "EXPLAIN SELECT id FROM customers WHERE username = 'x'")
        assert lines[0] == "Index Only Scan using customers_username_idx on customers"

    def test_other_columns_are_looked_up(self, lab: ExplainLab) -> None:
        lines = shapes(lab, "EXPLAIN SELECT address FROM customers WHERE username = 'x'")
        assert lines[0] == "Index Scan using customers_username_idx on customers"
        assert "  -> Storage Lookup on customers" in lines

    def test_verbose_names_the_schema(self, lab: ExplainLab) -> None:
        lines = shapes(lab, "EXPLAIN VERBOSE SELECT line FROM log_lines l WHERE account IS NULL")
        assert lines[:4] == [
            "Full Scan (btree-table) on xpoints.log_lines l",
            "  Output: line",
            "  -> Storage Scan on xpoints.log_lines l",
            "      Projections: line",
        ]

    def test_analyze_counts_what_the_storage_filtered(self, lab: ExplainLab) -> None:
        lines = lab.explain("EXPLAIN ANALYZE SELECT account FROM log_lines WHERE at <= '2025-01-05 04:00'")
        assert "      Rows Filtered: 2900" in lines
        assert re.search(
            r"Storage Scan on log_lines  \(cost=\S+ rows=\d+ width=16 loops=1\) \(actual rows=100 ", lines[1]
        )
        assert lines[-3].endswith("(actual rows=3000 loops=1)")

    def test_batched_join(self, lab: ExplainLab) -> None:
        sql = "SELECT t.points, b.points_balance FROM transactions t LEFT JOIN points_balances b USING (customer_id) "
        lines = shapes(lab, f"EXPLAIN {sql} WHERE t.id = md5('t9')::uuid")
        assert lines[:3] == [
            "Nested Loop (Batched Join)",
            "  Join Type: Left",
            "  Recheck Cond: (customer_id = t.customer_id)",
        ]
        assert "  ->  Index Only Scan using points_balances_pkey on points_balances b" in lines
        assert "        Index Cond: (customer_id = t.customer_id)" in lines

    def test_update_keeps_the_key_of_the_row(self, lab: ExplainLab) -> None:
        lines = shapes(lab, "EXPLAIN UPDATE customers SET age = 1 WHERE username = 'x'")
        assert lines[:2] == ["Update on customers", "  ->  Index Scan using customers_username_idx on customers"]
        assert "            Projections: id" in lines
        assert not any("ctid" in line for line in lab.explain("EXPLAIN VERBOSE DELETE FROM customers"))

    def test_generic_plan_shows_parameters(self, lab: ExplainLab) -> None:
        lines = shapes(lab, "EXPLAIN (GENERIC_PLAN) SELECT age FROM customers WHERE id = $1 AND age > $2")
        assert "  Index Cond: (id = $1)" in lines
        assert "      Filters: (age > $2)" in lines


class TestAllStatements:
    @pytest.mark.parametrize("statement", STATEMENTS)
    def test_costs_and_shape(self, lab: ExplainLab, statement: str) -> None:
        lines = lab.explain(f"EXPLAIN {statement}")
        assert not any(word in line for line in lines for word in ("Bitmap", "Heap", "pg_temp"))
        if "pg_class" not in statement:
            assert not any("Seq Scan" in line for line in lines)
        for line in lines:
            for startup, total in COSTS.findall(line):
                assert float(startup) <= float(total), line
                if "B-Tree" in line or "Storage" in line:
                    assert float(startup) >= 100, line

    @pytest.mark.parametrize("statement", STATEMENTS)
    def test_dpu_block(self, lab: ExplainLab, statement: str) -> None:
        lines = lab.explain(f"EXPLAIN ANALYZE VERBOSE {statement}")
        found = dpus(lines)
        assert list(found) == ["compute", "read", "write", "total"]
        parts = found["compute"] + found["read"] + 2 * found["write"]  # once more for the other Region
        assert found["total"] == pytest.approx(parts, abs=1e-9)
        assert any(line.startswith("  Multi-Region Write: ") for line in lines) == (found["write"] > 0)
        assert (found["read"] > 0) == any("B-Tree" in line or line.startswith("Insert") for line in lines)
        assert any(re.fullmatch(r"Query Identifier: [a-z0-9]{13}", line) for line in lines)
        assert lines[-7 if found["write"] else -6].startswith("Execution Time: ")


class TestDpu:
    def test_only_with_analyze_and_verbose(self, lab: ExplainLab) -> None:
        for options in ("", "ANALYZE", "VERBOSE"):
            assert not dpus(lab.explain(f"EXPLAIN {options} SELECT * FROM customers"))

    def test_documented_insert(self, lab: ExplainLab) -> None:
        rows = "VALUES ('2025-01-01'::timestamp, NULL::uuid, 'a'), ('2025-01-02', NULL, 'b'), ('2025-01-03', NULL, 'c')"
        lines = lab.explain(f"EXPLAIN ANALYZE VERBOSE INSERT INTO log_lines {rows}")
        assert "  Write: 0.01875 DPU (Transaction minimum: 0.05000)" in lines  # 3 rows of at least 128 bytes
        assert any(re.fullmatch(r"  Read: \S+ DPU \(Transaction minimum: 0\.00375\)", line) for line in lines)

    def test_recorded_point_read(self, lab: ExplainLab) -> None:
        lines = lab.explain("EXPLAIN ANALYZE VERBOSE SELECT name FROM catalog_items WHERE id = 7")
        assert "  Read: 0.00023 DPU (Transaction minimum: 0.00375)" in lines

    def test_minimum_is_told_only_below_it(self, lab: ExplainLab) -> None:
        lines = lab.explain("EXPLAIN ANALYZE VERBOSE DELETE FROM transactions WHERE points < 100")
        assert not any("minimum" in line for line in lines)
        assert dpus(lab.explain("EXPLAIN ANALYZE VERBOSE SELECT 1"))["read"] == 0

    def test_rows_scanned_cost_also_when_filtered(self, lab: ExplainLab) -> None:
        few = dpus(lab.explain("EXPLAIN ANALYZE VERBOSE SELECT * FROM log_lines WHERE at > '2030-01-01'"))
        assert few["read"] == dpus(lab.explain("EXPLAIN ANALYZE VERBOSE SELECT * FROM log_lines"))["read"] > 0


class TestShadows:
    @pytest.mark.parametrize("name", ["customers", "xpoints.customers"])
    def test_the_real_names_are_shown(self, lab: ExplainLab, name: str) -> None:
        prefix = "" if name == "customers" else "xpoints."
        with lab.connection.transaction(force_rollback=True):
            lab.run_in_transaction(
                f'CREATE TEMP TABLE "{name}" (LIKE xpoints.customers INCLUDING DEFAULTS) ON COMMIT DROP;'
                f'INSERT INTO pg_temp."{name}" SELECT * FROM xpoints.customers;'
                f'CREATE UNIQUE INDEX "{prefix}customers_pkey" ON pg_temp."{name}" (id);'
                f'ALTER TABLE pg_temp."{name}" ADD PRIMARY KEY USING INDEX "{prefix}customers_pkey"'
            )
            schema = plan_schema(lab.run(FACTS), {("xpoints", "customers"): name})
            request = parse_explain("EXPLAIN VERBOSE SELECT age FROM xpoints.customers WHERE id = md5('c1')::uuid")
            assert request is not None
            statement = f"SELECT age FROM pg_temp.\"{name}\" AS customers WHERE id = md5('c1')::uuid"
            ((plan,),) = lab.run(request.json_sql(statement))
            lines = render(plan, request, schema)
            assert lines[0].startswith("Index Only Scan using customers_pkey on xpoints.customers  (cost=")
            assert "-> Storage Scan on customers_pkey " in lines[3]
            update = f"UPDATE pg_temp.\"{name}\" AS customers SET age = 1 WHERE id = md5('c1')::uuid"
            ((plan,),) = lab.run(request.json_sql(update))
            assert render(plan, request, schema)[0].startswith("Update on xpoints.customers  (cost=")


class Recorder:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes, /) -> None:
        self.data += data

    async def drain(self) -> None:
        return

    def messages(self) -> list[tuple[bytes, bytes]]:
        found, rest = [], self.data
        while rest:
            end = 1 + int.from_bytes(rest[1:5], "big")
            found.append((rest[:1], rest[5:end]))
            rest = rest[end:]
        return found


async def replies(lab: ExplainLab, *sent: bytes, until: bytes) -> bytes:
    """PostgreSQL's messages, up to and with the first of the kind."""
    backend = await Backend.connect(lab.socket_path, "postgres", "postgres", secret=lab.secret)
    try:
        for message in sent:
            backend.send(message)
        received = b""
        while True:
            kind, body = await backend.frames.one()
            received += wire.message(kind, body)
            if kind == until:
                return received
    finally:
        backend.close()


class TestSink:
    async def test_a_simple_query(self, lab: ExplainLab) -> None:
        sql = "EXPLAIN SELECT phone_num FROM xpoints.customers LIMIT 1"
        request = parse_explain(sql)
        assert request is not None
        data = await replies(lab, wire.query(request.json_sql(request.statement)), until=b"Z")
        client = Recorder()
        sink = PlanSink(client, request, lab.schema)
        sink.write(data)
        await sink.drain()
        messages = client.messages()
        assert b"".join(kind for kind, _ in messages) == b"TDDDDDDCZ"
        assert messages[0][1] == wire.row_description([("QUERY PLAN", wire.TEXT_OID)])[5:]
        assert [wire.row_values(body)[0] for kind, body in messages if kind == b"D"] == lab.explain(sql)
        assert messages[-2][1] == b"EXPLAIN\0"

    async def test_parameters_and_binary_results(self, lab: ExplainLab) -> None:
        request = parse_explain("EXPLAIN SELECT age FROM xpoints.customers WHERE id = $1 AND age < 30")
        assert request is not None
        parse = wire.message(b"P", b"\0" + wire.cstring(request.json_sql(request.statement)) + b"\0\0")
        value = b"0000a2c0-71c2-473a-856b-ffb89526d5e5"
        binary = b"\0\1\0\1"
        bind = wire.message(b"B", b"\0\0\0\0\0\1" + len(value).to_bytes(4, "big") + value + binary)
        describe, execute, sync = wire.message(b"D", b"P\0"), wire.message(b"E", b"\0\0\0\0\0"), wire.message(b"S")
        data = await replies(lab, parse, bind, describe, execute, sync, until=b"Z")
        client = Recorder()
        PlanSink(client, request, lab.schema).write(data)
        kinds = b"".join(kind for kind, _ in client.messages())
        assert kinds.startswith(b"12TD")
        description = dict(client.messages())[b"T"]
        assert description.endswith(b"\0\1")  # the format code is the client's
        lines = [wire.row_values(body)[0] for kind, body in client.messages() if kind == b"D"]
        assert lines[1] == "  Index Cond: (id = '0000a2c0-71c2-473a-856b-ffb89526d5e5'::uuid)"

    async def test_an_error_is_passed_on(self, lab: ExplainLab) -> None:
        request = parse_explain("EXPLAIN SELECT * FROM nowhere")
        assert request is not None
        data = await replies(lab, wire.query(request.json_sql(request.statement)), until=b"Z")
        client = Recorder()
        PlanSink(client, request, lab.schema).write(data)
        assert client.data == data
