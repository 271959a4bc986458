"""`dsqltui exec` as people and scripts use it: real processes on a real simulator."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from support.headless import Headless
from support.servers.simulator import RunningSimulator


def test_data_goes_to_stdout_and_the_rest_to_stderr(headless: Headless) -> None:
    done = headless.exec(
        "-c", "create table public.exec_t (id int primary key, v text)", "-c", "select 1 as a, null as b"
    )
    assert (done.code, done.out) == (0, " a | b \n---+---\n 1 | \n(1 row)\n\n")
    assert done.err == "CREATE TABLE\n"
    assert headless.exec("-q", "-c", "drop table public.exec_t").err == ""


@pytest.mark.parametrize(
    ("form", "out"),
    [
        ("csv", 'id,v\n1,"a,b"\n2,\n3,""\n'),
        ("tsv", "id\tv\n1\ta,b\n2\t\\N\n3\t\n"),
        ("json", '[\n{"id": 1, "v": "a,b"},\n{"id": 2, "v": null},\n{"id": 3, "v": ""}\n]\n'),
        ("jsonl", '{"id": 1, "v": "a,b"}\n{"id": 2, "v": null}\n{"id": 3, "v": ""}\n'),
    ],
)
def test_formats(headless: Headless, form: str, out: str) -> None:
    sql = "select id, v from (values (1, 'a,b'), (2, null), (3, '')) t(id, v) order by id"
    done = headless.exec("-c", sql, "--format", form)
    assert (done.code, done.out, done.err) == (0, out, "")


def test_markdown_and_records(headless: Headless) -> None:
    assert headless.exec("-c", "select 1 as a", "--format", "markdown").out.splitlines()[0] == "| a |"
    assert headless.exec("-c", "select 1 as a \\gx").out == "-[ RECORD 1 ]\na | 1\n\n"


def test_a_refused_statement(headless: Headless) -> None:
    done = headless.exec("-c", "select 1 as a;\nselect nope;\nselect 3", "--format", "csv")
    assert (done.code, done.out) == (1, "a\n1\n")
    assert done.err.splitlines() == [
        '-c, line 2: ERROR 42703: column "nope" does not exist',
        "LINE 1: select nope",
        "               ^",
    ]


def test_scripts_from_files_and_standard_input(headless: Headless, tmp_path: Path) -> None:
    (tmp_path / "part.sql").write_text("select :'who' as who;\n")
    (tmp_path / "all.sql").write_text("\\ir part.sql\n\\echo -n done\n\\echo\n\\x\nselect nope;\n")
    done = headless.exec("-f", "all.sql", "-v", "who=O'Brien", "--format", "csv")
    assert (done.code, done.out) == (1, "who\nO'Brien\ndone\n")
    assert "all.sql, line 5: ERROR 42703" in done.err
    done = headless.exec(stdin="select 2 as b;\n\\q\nselect 3;")
    assert (done.code, done.out.splitlines()[0]) == (0, " b ")
    done = headless.exec("-f", "-", stdin="\\set ON_ERROR_STOP off\nselect 1/0;\nselect 2 as b;")
    assert (done.code, done.out.splitlines()[0]) == (1, " b ")
    assert done.err.startswith("line 2: ERROR 22012")


def test_wrong_usage(headless: Headless) -> None:
    for arguments in (
        ("exec", "-c", "select 1"),
        ("exec", "--local", "-c", "select 1", "--format", "xml"),
        ("exec", "--local", "-f", "absent.sql"),
        ("exec", "--local", "-c", "select 1", "-v", "a"),
        ("exec", "--local", "-c", "select 1", "--key", "a"),
        ("exec", "--local", "-c", "select 1", "--compare", "--on", "b"),
    ):
        done = headless.run(*arguments)
        assert (done.code, done.out) == (2, ""), done


def test_no_connection(headless: Headless) -> None:
    done = headless.exec("-c", "select 1", "--role", "exec_nobody")
    assert (done.code, done.out) == (3, "")
    assert "refused user exec_nobody" in done.err
    assert "\nNext: " in done.err


def test_output_is_whole_or_not_there(headless: Headless, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    done = headless.exec("-c", "select 1 as a", "--format", "csv", "--output", "out.csv")
    assert (done.code, done.out, target.read_text()) == (0, "", "a\n1\n")
    assert target.stat().st_mode & 0o077 == 0
    done = headless.exec("-c", "select 2 as a", "--output", "out.csv")
    assert (done.code, target.read_text()) == (2, "a\n1\n")
    assert "add --overwrite" in done.err
    done = headless.exec("-c", "select 1/(3-g) from generate_series(1, 50000) g", "-o", "out.csv", "--overwrite")
    assert (done.code, target.read_text()) == (1, "a\n1\n")
    headless.exec("-c", "select 2 as a", "--format", "csv", "--output", "out.csv", "--overwrite")
    assert target.read_text() == "a\n2\n"
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="asks Linux how much was written")
def test_an_interrupted_export_leaves_no_file(headless: Headless, tmp_path: Path) -> None:
    sql = "select a, repeat('x', 100) from generate_series(1, 5000) a, generate_series(1, 5000) b"
    with headless.start("exec", "--local", "-c", sql, "--format", "csv", "--output", "big.csv") as process:
        while _bytes_written(process.pid) < 1_000_000:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert not list(tmp_path.glob("*big.csv*"))


def _bytes_written(pid: int) -> int:
    """By the process so far, as the kernel counts."""
    return int(re.findall(r"wchar: (\d+)", Path(f"/proc/{pid}/io").read_text())[0])


def test_the_reader_may_leave(headless: Headless) -> None:
    sql = "select g from generate_series(1, 5000000) g"
    with headless.start("exec", "--local", "-c", sql, "--format", "csv") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "g\n"
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == ""


def test_both_and_compare(headless: Headless, simulator: RunningSimulator) -> None:
    done = headless.exec("--on", "both", "-c", "select 7 as a", "--format", "csv")
    assert (done.code, done.out) == (0, "a\n7\na\n7\n")
    with simulator.connect() as connection:
        connection.execute("create table public.exec_cmp (id int primary key, v int, w int)")
        connection.execute("insert into public.exec_cmp select g, g, g from generate_series(1, 2500) g")
        connection.execute("insert into public.exec_cmp select g, g, g from generate_series(2501, 5000) g")
    same = headless.exec("--compare", "-c", "select * from public.exec_cmp order by id", "-c", "\\dt public.exec_cmp")
    assert (same.code, same.out.count("exec_cmp")) == (0, 2)
    assert "Statement 1: Identical: 5,000 rows, compared by key id; snapshots " in same.err
    # what differs between the endpoints of one cluster is only what a session is: one cell of 5,000 rows
    sql = "select id, case when id = 4321 then sys.current_session_id() else v::text end as v from public.exec_cmp"
    other = headless.exec("--compare", "-c", sql, "--format", "jsonl")
    assert other.code == 5
    (found,) = [json.loads(line) for line in other.out.splitlines()]
    assert (found["change"], found["key"], found["column"]) == ("changed", "4321", "v")
    assert "1 changed cell in 1 row; 4,999 the same" in other.err
    by_order = headless.exec("--compare", "--key", "v", "-c", "select v from public.exec_cmp")
    assert "compared by key v" in by_order.err


def test_conflicts_are_retried_as_often_as_asked(headless: Headless, simulator: RunningSimulator) -> None:
    with simulator.connect() as connection:
        connection.execute("create table public.exec_retry (id int primary key, n int)")
        connection.execute("insert into public.exec_retry values (1, 0)")
    script = "begin;\nselect n from public.exec_retry where id = 1;\n\\echo go\n\\copy (select n from public.exec_retry) to 'seen' csv\nselect pg_sleep(:nap);\nupdate public.exec_retry set n = n + 100 where id = 1;\ncommit;\nselect n from public.exec_retry where id = 1;\n"
    for retries, code in ((0, 4), (3, 0)):
        seen = headless.folder / "seen"
        seen.unlink(missing_ok=True)
        arguments = ("exec", "--local", "-f", "-", "--format", "csv", "--retry", str(retries), "-v", "nap=3")
        with headless.start(*arguments) as process:
            assert process.stdin is not None
            process.stdin.write(script)
            process.stdin.close()
            process.stdin = None
            while not seen.exists():
                assert process.poll() is None
            with simulator.connect(1) as connection:
                connection.execute("update public.exec_retry set n = n + 1 where id = 1")
            out, err = process.communicate(timeout=120)
        assert process.returncode == code, err
        assert "40001 OC000" in err
        if retries:
            assert "retrying (attempt 2 of " in err
            # what the lost attempt read is not in the output
            assert out == 'n\n2\ngo\npg_sleep\n""\nn\n102\n'


def test_a_single_transaction(headless: Headless, simulator: RunningSimulator) -> None:
    with simulator.connect() as connection:
        connection.execute("create table public.exec_one (id int primary key)")
    done = headless.exec("-1", "-c", "insert into public.exec_one values (1)", "-c", "select 1/0")
    assert done.code == 1
    assert "Nothing was saved" in done.err
    done = headless.exec(
        "-1", "-c", "insert into public.exec_one values (2)", "-c", "select id from public.exec_one", "--format", "csv"
    )
    assert (done.code, done.out) == (0, "id\n2\n")


def test_copy_reads_standard_input_and_writes_standard_output(headless: Headless) -> None:
    create = "create table public.exec_copy (id int primary key, v text)"
    assert (
        headless.exec("-c", create, "-c", "\\copy public.exec_copy from pstdin csv", stdin="1,one\n2,two\n").code == 0
    )
    done = headless.exec("-c", "\\copy (select * from public.exec_copy order by id) to stdout csv")
    assert (done.code, done.out, done.err) == (0, "1,one\n2,two\n", "COPY 2\n")
    assert headless.exec("-c", "copy public.exec_copy from stdin", stdin="3\tthree\n").err == "COPY 1\n"
    assert headless.exec("-c", "copy public.exec_copy to stdout").out == "1\tone\n2\ttwo\n3\tthree\n"


def test_the_workshops_own_load(headless: Headless, tmp_path: Path) -> None:
    """`\\include`, and `\\copy ... from '~/x.csv' csv escape '\\';` as the workshop has them, unchanged."""
    (tmp_path / "load.sql").write_text(
        "\\copy xpoints.images from '~/images.csv' csv escape '\\';\n\\copy xpoints.images from '~/more.csv' csv escape '\\';\n"
    )
    (tmp_path / "images.csv").write_text("00000000-0000-0000-0000-000000000001,a.png\n")
    (tmp_path / "more.csv").write_text('00000000-0000-0000-0000-000000000002,"b \\"x\\".png"\n')
    script = "\\include sql/rewards/ddl.sql\n\\include ~/load.sql\nselect * from xpoints.images order by id;\n\\dt xpoints.*\n"
    done = headless.exec("--format", "csv", stdin=script)
    assert done.code == 0, done.err
    assert done.out.splitlines()[::2][:5] == ["job_id"] * 5
    assert '00000000-0000-0000-0000-000000000002,"b ""x"".png"' in done.out
    assert done.out.splitlines()[-1] == "xpoints,transactions,table,admin"
    done = headless.exec(
        "-c",
        "\\include sql/rewards/load_rewards_data.sql",
        "-c",
        "select count(*) from xpoints.customers",
        "--format",
        "csv",
    )
    assert (done.code, done.out) == (0, "count\n5000\n")
    assert headless.exec("-c", "\\include sql/rewards/reset.sql").code == 0


def test_csv_is_the_same_however_it_is_made(headless: Headless) -> None:
    """In autocommit the server makes the CSV, in a transaction we do."""
    columns = (
        "g as id, case when g % 3 = 0 then null else 'a,\"' || g end as \"odd, name\", '' as empty, E'x\\ny' as lines"
    )
    sql = f"select {columns} from generate_series(1, 2500) g"
    direct = headless.exec("-c", sql, "--format", "csv")
    ours = headless.exec("-c", f"begin;\n{sql};\ncommit;", "--format", "csv", "-q")
    assert (direct.code, ours.code, direct.err) == (0, 0, "")
    assert direct.out == ours.out
    assert direct.out.startswith('id,"odd, name",empty,lines\n1,"a,""1","","x\ny"\n')
    late = headless.exec("-c", "select 100 / (2000 - g) as v from generate_series(1, 5000) g", "--format", "csv")
    assert late.code == 1
    assert "ERROR 22012: division by zero" in late.err
    assert headless.exec("-c", "select from generate_series(1, 2)", "--format", "csv").code == 0
    assert headless.exec("-c", "show timezone", "--format", "csv").out == "TimeZone\nUTC\n"


def test_csv_without_formulas_for_spreadsheets(headless: Headless) -> None:
    sql = "select '=1+1' as a, -5 as n, '@x' as \"+b\""
    assert headless.exec("-c", sql, "--format", "csv", "--safe-csv").out == "a,n,'+b\n'=1+1,-5,'@x\n"
    assert headless.exec("-c", sql, "--format", "csv").out == "a,n,+b\n=1+1,-5,@x\n"
    assert headless.exec("-c", sql, "--safe-csv").code == 2
