"""`dsqltui interleave`: formats, expectations, exit codes, what is wrong with what was given."""

import json
import signal
from xml.etree import ElementTree

import pytest

from support.headless import Headless
from support.servers.simulator import RunningSimulator

SKEW_A = "BEGIN;\nSELECT v FROM interleave_cli.t;\nUPDATE interleave_cli.t SET v = v + 1 WHERE k = 1;\nCOMMIT;\n"
SKEW_B = SKEW_A.replace("k = 1", "k = 2")


@pytest.fixture
def files(headless: Headless, simulator: RunningSimulator) -> Headless:
    (headless.folder / "a.sql").write_text(SKEW_A)
    (headless.folder / "b.sql").write_text(SKEW_B)
    (headless.folder / "same.sql").write_text(SKEW_A)
    (headless.folder / "reset.sql").write_text("UPDATE interleave_cli.t SET v = k;\n")
    with simulator.connect() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS interleave_cli")
        connection.execute("CREATE TABLE IF NOT EXISTS interleave_cli.t (k int PRIMARY KEY, v int)")
        connection.execute(
            "INSERT INTO interleave_cli.t VALUES (1, 1), (2, 2) ON CONFLICT (k) DO UPDATE SET v = excluded.v"
        )
    return headless


def test_two_files_as_json_and_what_is_expected(files: Headless, simulator: RunningSimulator) -> None:
    ended = files.run(
        "interleave", "--local", "-a", "a.sql", "-b", "b.sql", "--all", "--format", "json", "--expect", "no-anomaly"
    )
    assert ended.code == 1, ended.err
    found = json.loads(ended.out)
    assert (found["orders"], found["anomalies"], found["lost"]) == (70, 68, 0)
    assert [(one["verdict"], one["count"]) for one in found["classes"]] == [("anomaly", 68), ("serialisable", 2)]
    assert found["classes"][0]["anomaly"] == "write skew"
    assert found["classes"][0]["example"]["steps"][0] == {
        "session": "A",
        "statement": 1,
        "sql": "BEGIN",
        "tag": "BEGIN",
    }
    assert found["failures"] == ["no-anomaly was expected, and 68 orders came to an anomaly."]
    assert found["way_out"][0]["title"] == "FOR UPDATE on A's line 2 and B's line 2"
    assert found["differ_within_class"] == 0
    with simulator.connect() as connection:
        assert connection.execute("SELECT * FROM interleave_cli.t ORDER BY k").fetchall() == [(1, 1), (2, 2)]


def test_one_row_loses_and_is_serial_after_retry(files: Headless) -> None:
    arguments = ("interleave", "--local", "-a", "a.sql", "-b", "same.sql", "--reset", "reset.sql")
    check = ("--check", "SELECT v FROM interleave_cli.t WHERE k = 1", "--no-way-out")
    assert files.run(*arguments, *check, "--expect", "none-lost", "-q").code == 1
    ended = files.run(*arguments, *check, "--retry", "--expect", "serial-after-retry", "--expect", "no-anomaly")
    assert ended.code == 0, ended.out + ended.err
    assert "With retry 4 of 4 orders end as a serial order does." in ended.out


def test_table_junit_and_markdown_of_a_spec(headless: Headless) -> None:
    table = headless.run("interleave", "--local", "-f", "last-admin", "--no-way-out")
    assert table.code == 0, table.err
    assert table.err == ""
    assert table.out.startswith("last-admin: 4 of 4 classes of 70 orders run, ")
    assert "    2        68  anomaly (write skew): wrong data, as in no serial order" in table.out
    assert "  B        [─r─w─]" in table.out
    assert "final state     (1, f) (2, f) (3, f)" in table.out
    junit = headless.run(
        "interleave",
        "--local",
        "-f",
        "pmp",
        "-f",
        "last-admin",
        "--expect",
        "no-anomaly",
        "--no-way-out",
        "--format",
        "junit",
    )
    assert junit.code == 1
    suites = ElementTree.fromstring(junit.out)
    assert [(s.get("name"), s.get("failures")) for s in suites] == [("pmp", "0"), ("last-admin", "1")]
    markdown = headless.run("interleave", "--local", "-f", "last-admin", "--format", "markdown").out
    assert "| 2 | 68 | anomaly (write skew): wrong data, as in no serial order | `AAABBBBA` |" in markdown
    assert "## The way out" in markdown


def test_listed_orders_and_the_list_of_specs(headless: Headless) -> None:
    ended = headless.run("interleave", "--local", "-f", "lab-5-snapshot", "--listed", "--format", "json")
    found = json.loads(ended.out)
    assert (found["coverage"], found["orders"], found["classes"][0]["example"]["name"]) == (
        "listed",
        1,
        "a_begin a_1 b_1 a_2 a_commit",
    )
    assert len(headless.run("interleave", "--list").out.splitlines()) == 33


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        ((), 2, "give scripts with -a and -b, or a spec with -f"),
        (("-a", "a.sql"), 2, "give the scripts of A and B with -a and -b"),
        (("-f", "nowhere.spec"), 2, "nowhere.spec cannot be read: No such file or directory"),
        (("-a", "commands.sql", "-b", "commands.sql"), 2, "Session A has a backslash command (\\d t)"),
        (("-f", "last-admin", "--all", "--listed"), 2, "give either --all or --listed"),
        (("-f", "last-admin", "--listed"), 2, "last-admin lists no orders"),
        (("-f", "wrong.spec"), 2, "wrong.spec: Line 1: a { is missing."),
        (("-f", "nobody.spec"), 1, 'nobody: The setup was refused: type "serial" does not exist (42704)'),
    ],
)
def test_what_is_wrong_is_a_sentence(headless: Headless, arguments: tuple[str, ...], code: int, problem: str) -> None:
    (headless.folder / "a.sql").write_text("SELECT 1;")
    (headless.folder / "commands.sql").write_text("\\d t\n")
    (headless.folder / "wrong.spec").write_text("setup ; session a")
    (headless.folder / "nobody.spec").write_text(
        "setup { CREATE TABLE t (k serial) } session a step x { SELECT 1 } session b step y { SELECT 1 }"
    )
    ended = headless.run("interleave", "--local", *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert problem in ended.err
    assert "Traceback" not in ended.err


def test_a_cluster_is_asked_about_and_nobody_there_is_3(headless: Headless) -> None:
    host = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws"
    asked = headless.run("interleave", host, "-f", "last-admin")
    assert asked.code == 2
    assert "this runs on a cluster; add --yes if it may" in asked.err
    assert "last-admin: about 4 orders, in a schema of its own" in asked.err
    ended = headless.run("interleave", f"{host}:1", "--hostaddr", "127.0.0.1", "--yes", "-f", "last-admin")
    assert (ended.code, ended.out) == (3, ""), ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_what_is_done_and_cleans_up(
    headless: Headless, simulator: RunningSimulator, number: signal.Signals
) -> None:
    process = headless.start("interleave", "--local", "-f", "write-skew-three", "--all", "--format", "json", "-q")
    mine = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname LIKE 'dsqltui_interleave%'"
    with simulator.connect() as connection:
        while connection.execute(mine).fetchall() == [(0,)]:
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert connection.execute(mine).fetchall() == [(0,)]
    found = json.loads(out)
    assert process.returncode == 130
    assert "stopping after the order that is under way" in err
    assert not found["is_complete"]
    assert (found["planned"], found["coverage"], found["seed"]) == (2_000, "sample", 1)
    assert found["orders"] < 2_000
