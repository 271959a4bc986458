"""Nothing of the simulator's own has a name that a client can see: by queries of catalogs and system views in every form,
by clients' own views and functions over them, by what functions say of objects, and by EXPLAIN.
"""

import re
from collections.abc import Iterator

import psycopg
import pytest

from support.servers.forms import Client, Form
from support.servers.simulator import RunningSimulator

OURS = re.compile("dsqltui", re.IGNORECASE)
SETUP = """
create table t (id int primary key, v int check (v > 0), what text default '')
insert into t select i, i from generate_series(1, 5) i
create view classes as select * from pg_class
create view namespaces (number, name) as select n.oid, n.nspname from pg_catalog.pg_namespace n
create view grouped as select relname from pg_class group by oid
create view functions as with p as (select * from pg_proc) select proname, prosrc from p
create view triggers as select tgname, tgfoid::regproc from pg_trigger
create view keys as select conname from pg_constraint
create view databases as select datname from pg_database
create view roles as select rolname from pg_roles
create view settings as select name, setting from pg_settings
create view events as select evtname from pg_event_trigger
create view dependencies as select refobjid::regclass from pg_depend where refclassid = 'pg_class'::regclass
create view statistics as select * from pg_stat_all_tables
create view schemata as select * from information_schema.schemata
create view parameters as select * from information_schema.parameters
create view paths as select current_schemas(true), current_setting('cluster_name')
create or replace recursive view numbered (n, name) as select 1, nspname from pg_namespace
create function by_string() returns setof text language sql as 'select nspname::text from pg_namespace'
create function by_dollars() returns setof text language sql as $f$ select relname::text from pg_class where 'a' = 'a' $f$
create function by_atomic() returns setof text language sql begin atomic select nspname::text from pg_namespace; end
create function by_return() returns text language sql return (select string_agg(nspname, ' ') from pg_namespace)
""".strip().splitlines()
VIEWS = """
classes namespaces grouped functions triggers keys databases roles settings events dependencies statistics schemata
parameters paths numbered
""".split()
FUNCTIONS = ("by_string", "by_dollars", "by_atomic", "by_return")
CATALOGS = """
pg_namespace pg_class pg_proc pg_type pg_trigger pg_constraint pg_index pg_attrdef pg_sequence pg_database pg_roles pg_group
pg_user pg_event_trigger pg_depend pg_rewrite pg_shdescription pg_settings pg_tables pg_views pg_indexes pg_rules pg_policies
pg_stat_activity pg_stat_all_tables pg_stat_user_tables pg_stat_all_indexes pg_statio_all_tables pg_statio_all_sequences
pg_stat_xact_all_tables pg_stat_user_functions pg_stat_database pg_stat_database_conflicts pg_prepared_statements
information_schema.schemata information_schema.tables information_schema.routines information_schema.parameters
information_schema.routine_privileges information_schema.udt_privileges information_schema.data_type_privileges
information_schema.element_types information_schema.routine_table_usage information_schema.triggers
information_schema.usage_privileges information_schema.views information_schema.constraint_column_usage
""".split()
SAID = """
select pg_get_viewdef(oid) from pg_class where relkind = 'v'
select pg_get_viewdef(oid, true) from pg_class where relkind = 'v'
select pg_get_functiondef(oid) from pg_proc where prokind = 'f' and pronamespace <> 'pg_catalog'::regnamespace
select pg_get_function_sqlbody(oid) from pg_proc where prosqlbody is not null
select pg_get_ruledef(oid) from pg_rewrite
select pg_get_viewdef(n::oid), pg_get_functiondef(n::oid) from generate_series(16384, 17400) n
select pg_get_triggerdef(n::oid) from generate_series(16384, 17400) n
select pg_describe_object('pg_namespace'::regclass, n, 0) from generate_series(16384, 17400) n
select pg_describe_object('pg_class'::regclass, n, 0) from generate_series(16384, 17400) n
select pg_describe_object(classid, objid, objsubid) from pg_depend where objid >= 16384
select pg_describe_object(refclassid, refobjid, refobjsubid) from pg_depend where refobjid >= 16384
select refobjid::regclass from pg_depend where refclassid = 'pg_class'::regclass and refobjid >= 16384
select nspname from U&"\\0070g_namespace"
select nspname from pg_namespace*
select (select string_agg(nspname, ',') from pg_namespace)
select ctid, tableoid::regclass, nspname from pg_namespace
select n, to_json(n) from pg_namespace n
show all
""".strip().splitlines()
EXPLAINED = (
    *(f"select * from {name}" for name in (*VIEWS, *CATALOGS, "sys.jobs", "sys.iam_pg_role_mappings")),
    "update t set v = v + 1",
    "insert into t select 10 + i, 1 from generate_series(1, 3) i",
)


@pytest.fixture(scope="module", params=[Form.SIMPLE, Form.EXTENDED], ids=lambda form: form.value)
def prying(request: pytest.FixtureRequest, simulator: RunningSimulator) -> Iterator[Client]:
    form: Form = request.param
    client = Client(simulator.connect(), Form.SIMPLE)
    client.run(f"drop schema if exists prying_{form.value} cascade")
    client.expect(f"create schema prying_{form.value}", "CREATE SCHEMA")
    client.expect(f"set search_path to prying_{form.value}", "SET")
    for sql in SETUP:
        answer = client.run(sql, form=form)
        assert answer.sqlstate is None, (sql, answer)
    client.form = form
    yield client
    client.run(f"drop schema prying_{form.value} cascade", form=Form.SIMPLE)
    client.close()


def seen(client: Client, sql: str) -> list[str]:
    """What the answer tells with a name of ours in it."""
    answer = client.run(sql)
    assert answer.sqlstate is None or answer.sqlstate.startswith("0A"), (sql, answer)
    told = [" | ".join(value or "" for value in row) for row in answer.rows]
    return [f"{sql}: {line}" for line in [*told, answer.message or ""] if OURS.search(line)]


def test_queries(prying: Client) -> None:
    reads = [f"select * from {name}" for name in (*VIEWS, *CATALOGS)]
    reads += [f"select {name}()" for name in FUNCTIONS]
    assert [line for sql in (*reads, *SAID) for line in seen(prying, sql)] == []


def test_queries_in_a_transaction_that_writes(prying: Client) -> None:
    prying.run("begin", form=Form.SIMPLE)
    prying.run("update t set v = v + 1")
    reads = [f"select * from {name}" for name in VIEWS] + [f"select {name}()" for name in FUNCTIONS]
    found = [line for sql in reads for line in seen(prying, sql)]
    prying.run("rollback", form=Form.SIMPLE)
    assert found == []


@pytest.mark.parametrize("options", ["", "verbose", "(verbose, format json)", "(verbose, format yaml)", "(format xml)"])
def test_plans(prying: Client, options: str) -> None:
    assert [line for sql in EXPLAINED for line in seen(prying, f"explain {options} {sql}")] == []


@pytest.mark.parametrize("output", ["text", "json", "xml", "yaml"])
def test_plans_with_their_triggers(prying: Client, output: str) -> None:
    assert seen(prying, f"explain (analyze, verbose, format {output}) update t set v = v + 1") == []


@pytest.mark.parametrize(
    "sql",
    [
        "create function nope() returns int language sql as 'select nope from pg_class'",
        "create function nope() returns int language sql as 'selec 1 from pg_class'",
        "create view nope as select nope from pg_class",
        "select fails(0)",
        "drop view classes",
    ],
)
def test_errors(simulator: RunningSimulator, prying: Client, sql: str) -> None:
    prying.run(
        "create or replace function fails(int) returns int language sql as 'select 1 / $1 from pg_class limit 1'"
    )
    prying.run("create or replace view beside as select * from classes")
    with simulator.connect() as connection:
        connection.execute(f"set search_path to prying_{prying.form.value}")
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(sql)
        told = caught.value.diag
        names = [name for name in dir(told) if not name.startswith(("_", "source"))]
        assert not OURS.search(" ".join(str(getattr(told, name)) for name in names))


def test_texts_are_as_they_were_written(prying: Client) -> None:
    (text,) = prying.rows("select pg_get_viewdef('namespaces'::regclass)")[0]
    assert re.sub(r"\s+", " ", text or "") == " SELECT oid AS number, nspname AS name FROM pg_namespace n;"
    (body,) = prying.rows("select prosrc from pg_proc where proname = 'by_string'")[0]
    assert body == "select nspname::text from pg_namespace"
    (body,) = prying.rows("select prosrc from pg_proc where proname = 'by_dollars'")[0]
    assert body == " select relname::text from pg_class where 'a' = 'a' "


def test_what_clients_call_alike_stays(prying: Client) -> None:
    prying.run("drop table if exists dsqltui_probe cascade")
    prying.expect("create table dsqltui_probe (dsqltui text)", "CREATE TABLE")
    prying.expect("create view alike as select dsqltui, 'dsqltui' as said from dsqltui_probe", "CREATE VIEW")
    (text,) = prying.rows("select pg_get_viewdef('alike'::regclass)")[0]
    assert text is not None
    assert "dsqltui_probe" in text
    assert "'dsqltui'::text" in text
    plan = prying.rows("explain select * from dsqltui_probe")
    assert any("dsqltui_probe" in (line or "") for (line,) in plan)


NO_TOUCH = (
    "select * from pg_dsqltui.jobs",
    "drop schema pg_dsqltui cascade",
    "create table pg_dsqltui_shown.x (i int)",
    "drop view pg_dsqltui_shown.pg_class cascade",
    "create or replace view pg_dsqltui_shown.pg_class as select 1",
    "alter view pg_catalog.pg_stat_all_tables rename to x",
    "drop function pg_catalog.pg_get_viewdef(oid)",
    "comment on schema pg_dsqltui is 'x'",
    "drop trigger dsqltui_insert on t",
    "grant dsqltui_keeper to admin",
)


@pytest.mark.parametrize("sql", NO_TOUCH)
def test_nothing_of_ours_can_be_touched(prying: Client, sql: str) -> None:
    assert prying.run(sql).sqlstate is not None
