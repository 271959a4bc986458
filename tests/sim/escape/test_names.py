"""Texts of plans, views and functions with and without names of the simulator's own."""

import pytest

from dsqltui.sim.execution.catalog_text import shown_catalogs
from dsqltui.sim.explain.names import nameless
from dsqltui.sim.sql.rewrite import replaced


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Seq Scan on pg_dsqltui_shown.pg_class c", "Seq Scan on pg_class c"),
        ("->  Seq Scan on pg_dsqltui.jobs jobs_1", "->  Seq Scan on sys.jobs jobs_1"),
        ("Output: current_setting('dsqltui.cluster_name'::text)", "Output: current_setting('cluster_name'::text)"),
        ("Seq Scan on dsqltui_probe_1.dsqltui", "Seq Scan on dsqltui_probe_1.dsqltui"),
        (
            '"Triggers": [\n  {\n    "Trigger Name": "dsqltui_update",\n    "Calls": 1\n  },\n  {\n    "Trigger Name": "a"\n  }\n]',
            '"Triggers": [\n  {\n    "Trigger Name": "a"\n  }\n]',
        ),
        ('"Triggers": [\n  {\n    "Trigger Name": "dsqltui_update",\n    "Calls": 1\n  }\n]', '"Triggers": [\n]'),
        (
            '  Triggers: \n    - Trigger Name: "dsqltui_update"\n      Calls: 1\n  Execution Time: 1',
            "  Triggers: \n  Execution Time: 1",
        ),
        ("<Trigger>\n<Trigger-Name>dsqltui_insert</Trigger-Name>\n<Calls>1</Calls>\n</Trigger>", ""),
    ],
)
def test_a_plan_names_nothing_of_ours(text: str, expected: str) -> None:
    assert nameless(text) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("create view v as select 1 from pg_class", "create view v as select 1 from pg_dsqltui_shown.pg_class"),
        (
            "create or replace view v (a) as (select oid from pg_class c)",
            "create or replace view v (a) as (select oid from pg_dsqltui_shown.pg_class c)",
        ),
        ("create view pg_class_of_mine as select 1 from t", "create view pg_class_of_mine as select 1 from t"),
        (
            "create function f() returns int language sql as 'select 1 from pg_class'",
            "create function f() returns int language sql as $dsql$select 1 from pg_dsqltui_shown.pg_class$dsql$",
        ),
        (
            "create function f() returns int as $a$ select 1; select 2 from pg_proc $a$ language sql",
            "create function f() returns int as $a$ select 1; select 2 from pg_dsqltui_shown.pg_proc $a$ language sql",
        ),
        (
            "create function f() returns int begin atomic select 1 from pg_class; end",
            "create function f() returns int begin atomic select 1 from pg_dsqltui_shown.pg_class; end",
        ),
        (
            "create function f() returns int return (select 1 from pg_class)",
            "create function f() returns int return (select 1 from pg_dsqltui_shown.pg_class)",
        ),
        (
            "create function f() returns text language sql as 'select ''a'' from pg_class'",
            "create function f() returns text language sql as $dsql$select 'a' from pg_dsqltui_shown.pg_class$dsql$",
        ),
        (
            "create function f() returns text language sql as E'select 1 from pg_class'",
            "create function f() returns text language sql as E'select 1 from pg_class'",
        ),
        ("create table t (a text default 'pg_class')", "create table t (a text default 'pg_class')"),
    ],
)
def test_what_reads_a_catalog_is_stored_with_its_view(sql: str, expected: str) -> None:
    assert replaced(sql, shown_catalogs(sql)).text == expected
