"""`dsqltui storm` as a process: what goes where, and exit statuses."""

import json
import signal

import pytest

from support.headless import Headless

HOT = "\\set id random(1, 2)\nBEGIN;\nUPDATE stormed.counter SET n = n + 1 WHERE id = 1;\n\\sleep 20 ms\nCOMMIT;\n"


def _prepared(headless: Headless) -> None:
    (headless.folder / "hot.sql").write_text(HOT)
    made = "create schema if not exists stormed; drop table if exists stormed.counter; create table stormed.counter (id int primary key, n bigint); insert into stormed.counter values (1, 0), (2, 0)"
    assert headless.exec("-q", "-c", made).code == 0


def test_the_result_alone_on_standard_output(headless: Headless) -> None:
    _prepared(headless)
    ended = headless.run(
        "storm",
        "--local",
        "-f",
        "hot.sql@2",
        "-c",
        "4",
        "-T",
        "1.3",
        "--retry",
        "1",
        "--max-failed",
        "0",
        "--format",
        "json",
    )
    found = json.loads(ended.out)
    assert found["given_up"] > 0
    assert ended.code == 4
    assert "transactions were given up, more than 0" in ended.err
    assert " commits " in ended.err
    assert found["hot"][0]["key"] == "id=1"
    total = json.loads(headless.exec("--format", "json", "-c", "select sum(n)::int as n from stormed.counter").out)
    assert total == [{"n": found["commits"]}]


def test_nothing_runs_with_a_script_that_cannot(headless: Headless) -> None:
    (headless.folder / "bad.sql").write_text("SELECT 1;\n\\shell ls\n")
    ended = headless.run("storm", "--local", "-f", "bad.sql")
    assert (ended.code, ended.out) == (2, "")
    assert "bad.sql, line 2: \\shell is not supported" in ended.err
    assert headless.run("storm", "--local").code == 2


def test_aws_is_not_touched_unasked(headless: Headless) -> None:
    (headless.folder / "hot.sql").write_text(HOT)
    host = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws"
    ended = headless.run("storm", host, "-f", "hot.sql")
    assert ended.code == 2
    assert "give --yes to run on AWS" in ended.err


@pytest.mark.long
def test_the_scripts_of_pgbench_run_on_tables_that_init_makes(headless: Headless) -> None:
    headless.exec("-q", "-c", "drop table if exists pgbench_accounts")
    missing = headless.run("storm", "--local", "-b", "select", "-q")
    assert missing.code == 1
    assert "Its tables are made by: dsqltui storm --init" in missing.out
    made = headless.run("storm", "--local", "--init")
    assert (made.code, made.out) == (0, "")
    ended = headless.run("storm", "--local", "-b", "tpcb", "-t", "5", "-c", "1", "-q", "--format", "json")
    assert json.loads(ended.out)["commits"] == 5
    drops = [f"drop table pgbench_{name}" for name in ("accounts", "branches", "tellers", "history")]
    headless.exec("-q", *(word for drop in drops for word in ("-c", drop)))


def test_interrupted_with_its_figures(headless: Headless) -> None:
    _prepared(headless)
    with headless.start("storm", "--local", "-f", "hot.sql", "-c", "2", "-T", "600", "--format", "markdown") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if " commits " in line:
                break
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.startswith("# Load and conflicts\n\n- hot.sql, 2 sessions, ")
    assert "It was interrupted; the figures are those up to then." in out
