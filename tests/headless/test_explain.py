"""`exec --explain` and `\\plan`: six slow queries on a real simulator, their causes, and their plans after the cure."""

import json
from typing import Any

import pytest

from support.headless import Ended, Headless

SETUP = """
create schema slow;
create table slow.customers (id bigint primary key, name text not null, email text);
create table slow.orders (id bigint primary key, customer_id bigint references slow.customers(id), status text,
  code varchar(20), town text, note text);
insert into slow.customers select i, 'name ' || i, 'User' || i || '@example.com' from generate_series(1, 601) i;
insert into slow.orders select i, 1 + i % 600, 'status ' || i % 400, 'c' || i, 'town ' || i % 300, repeat('x', 40)
  from generate_series(1, 1500) i;
create index async orders_code_idx on slow.orders (code) \\gset
call sys.wait_for_job(:'job_id');
create unique index async orders_status_idx on slow.orders (status) \\gset
call sys.wait_for_job(:'job_id');
analyze slow.customers;
analyze slow.orders;
"""
SLOW = {
    "type-mismatch": "select note from slow.orders where id = 5.0",
    "missing-index": "select id, note from slow.orders where town = 'town 77'",
    "function-on-column": "select id from slow.customers where lower(email) = 'user7@example.com'",
    "invalid-index": "select id from slow.orders where status = 'status 9'",
    "lookup": "select id, note from slow.orders where code = 'c77'",
    "foreign-key": "delete from slow.customers where id = 601",
}


def plans(done: Ended) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def explained(headless: Headless, statements: list[str], *options: str) -> Ended:
    return headless.exec("--explain", "--format", "json", *options, stdin=";\n".join(statements))


def test_six_slow_queries_before_and_after(headless: Headless) -> None:
    assert headless.exec("-q", stdin=SETUP).code == 0
    before_run = explained(headless, list(SLOW.values()), "--analyze", "--fail-on", "full-scan")
    assert before_run.code == 6
    assert before_run.err.count("full-scan of slow.orders in:") == 3
    assert "line 6: run to be measured, and rolled back." in before_run.err
    before = dict(zip(SLOW, plans(before_run), strict=True))
    for rule, plan in before.items():
        assert [finding["rule"] for finding in plan["findings"]][:1] == [rule], rule
    cures = {rule: plan["findings"][0]["cure"] for rule, plan in before.items()}
    rewritten = cures.pop("type-mismatch")
    assert rewritten == "select note from slow.orders where id = 5;"
    cures["invalid-index"] = cures["invalid-index"].replace("CREATE UNIQUE", "CREATE")  # the rows are not unique
    waited = "\n".join(cures.values()).replace("INDEX ASYNC", "INDEX\tASYNC")
    script = "".join(
        f"{line.removesuffix(';')} \\gset\ncall sys.wait_for_job(:'job_id');\n" if "\tASYNC" in line else f"{line}\n"
        for line in waited.splitlines()
    )
    assert headless.exec("-q", stdin=script + "analyze slow.orders; analyze slow.customers;").code == 0
    after_run = explained(headless, [rewritten, *list(SLOW.values())[1:]], "--analyze", "--fail-on", "any-cause")
    assert (after_run.code, after_run.err.count("any-cause")) == (0, 0), after_run.out
    after = dict(zip(SLOW, plans(after_run), strict=True))
    for rule in SLOW:
        read = [
            sum(scan["rows_read"] + scan["rows_looked_up"] for scan in plan[rule]["scans"]) for plan in (before, after)
        ]
        if rule != "foreign-key":  # the check is no scan of the plan
            assert read[1] < read[0], rule
            assert after[rule]["dpu"]["read"] < before[rule]["dpu"]["read"], rule  # compute is the machine's business
        assert after[rule]["full_scans"] == after[rule]["findings"] == []
    left = headless.exec("-c", "select count(*) from slow.customers where id = 601", "--format", "csv")
    assert left.out == "count\n1\n"


def test_what_is_not_run(headless: Headless) -> None:
    script = "create table public.never (a int); begin; set search_path to sys; select 1 where 1 = $1; commit"
    done = explained(headless, [script], "--fail-on", "full-scan")
    (plan,) = plans(done)
    assert (done.code, plan["was_run"], plan["dpu"], plan["place"]) == (0, False, None, "line 1")
    assert done.err.splitlines() == [
        "line 1: not explained and not run: create table public.never (a int)",
        "line 1: not explained and not run: begin",
        "SET",
        "line 1: not explained and not run: commit",
    ]


def test_plan_ends_a_statement_or_takes_the_last_one(headless: Headless) -> None:
    done = headless.exec(stdin="select 1 as a \\plan\nselect 2 as b;\n\\plan analyze\ncreate table x (a int) \\plan\n")
    assert done.code == 1
    assert done.out.startswith("line 1: select 1 as a\n\n  Result  (cost=")
    assert " b \n---\n 2\n(1 row)\n" in done.out
    assert "  Execution Time: " in done.out
    assert "No cause found." in done.out
    assert "line 4: Only SELECT, VALUES, TABLE, INSERT, UPDATE and DELETE have plans" in done.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--fail-on", "full-scan"), "--analyze and --fail-on are for --explain"),
        (("--explain", "--compare"), "--explain runs nothing that could be compared"),
        (("--explain", "--format", "csv"), "--explain writes table, json or jsonl"),
        (("--explain", "--fail-on", "speed"), "'speed' is none of: full-scan, any-cause, type-mismatch"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], sentence: str) -> None:
    from click.testing import CliRunner

    from dsqltui.commands.execute import execute

    done = CliRunner().invoke(execute, ["--local", "-c", "select 1", *arguments])
    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())
