"""Where an error happened: shown by `exec`, `--plain` and kept in the journal; and results without columns."""

from pathlib import Path

import pytest

from support.headless import Headless
from support.servers.psql import Psql, find_psql, tls_for_those_without
from support.servers.simulator import RunningSimulator


@pytest.fixture
def table(simulator: RunningSimulator) -> None:
    with simulator.connect(0) as conn:
        conn.execute("create schema context")
        conn.execute("create table context.cc (id int primary key)")


@pytest.mark.usefixtures("table")
def test_exec_and_plain_say_where(headless: Headless, tmp_path: Path) -> None:
    script = "copy context.cc from stdin;\n1\n1;a\n\\.\n"
    done = headless.exec(stdin=script)
    assert done.code == 1
    assert 'column id: "1;a"' in done.err
    assert "cc, line 2, column id" in done.err
    done = headless.run("open", "--local", "--plain", stdin=script)
    assert "cc, line 2, column id" in done.out
    file = tmp_path / "rows.csv"
    file.write_text("1\n1;a\n")
    done = headless.exec("-c", f"\\copy context.cc from '{file}' csv")
    assert done.code == 1
    assert "cc, line 2, column id" in done.err


def test_odd_characters_are_named(headless: Headless) -> None:
    done = headless.exec("-c", "select * from\u00a0pg_class；")
    assert done.code == 1
    assert "NO-BREAK SPACE (U+00A0) at line 1, column 14: write a space" in done.err
    assert "FULLWIDTH SEMICOLON (U+FF1B) at line 1, column 23" in done.err


FORMATS = {
    "table": "--\n(3 rows)\n\n",
    "json": "[\n{},\n{},\n{}\n]\n",
    "jsonl": "{}\n{}\n{}\n",
}


@pytest.mark.parametrize("form", FORMATS)
def test_rows_without_columns(headless: Headless, form: str) -> None:
    done = headless.exec("-c", "select from generate_series(1, 3)", "--format", form)
    assert (done.code, done.out) == (0, FORMATS[form])


@pytest.mark.skipif(find_psql() is None, reason="needs a psql")
def test_rows_without_columns_as_psql_prints_them(
    headless: Headless, simulator: RunningSimulator, tmp_path: Path
) -> None:
    found = find_psql()
    assert found is not None
    with tls_for_those_without(simulator) as port:
        psql = Psql(found[0], port, simulator)
        for options in ("", "\\x\n", "\\pset format csv\n", "\\pset format unaligned\n", "\\t\n"):
            script = options + "".join(f"select from generate_series(1, {rows});\n" for rows in (0, 1, 3, 2_500))
            theirs = psql.run(script.encode(), tmp_path)
            assert headless.exec("-q", stdin=script).out == theirs.stdout.decode(), options
