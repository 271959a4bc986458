"""`exec --lint` with the real dsql-lint; nothing is connected to."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsqltui.commands.execute import execute

SCRIPT = "begin;\ncreate index i on t (a);\ninsert into t values (1);\ncommit;\n"


def test_hints_fixes_and_the_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "s.sql"
    file.write_text(SCRIPT)
    done = CliRunner().invoke(execute, ["--lint", "-f", str(file), "--format", "json"])
    (found,) = json.loads(done.stdout)
    assert done.exit_code == 7
    assert [(hint["line"], hint["rule"], hint["origin"]) for hint in found["hints"]][-1] == (
        3,
        "ddl-and-dml",
        "dsqltui",
    )
    assert (2, "index_async", "dsql-lint") in [(h["line"], h["rule"], h["origin"]) for h in found["hints"]]
    assert [(fix["line"], fix["sql"]) for fix in found["fixes"]] == [(2, "CREATE INDEX ASYNC i ON t(a);")]
    text = CliRunner().invoke(execute, ["--lint", "-f", str(file)]).stdout
    assert "s.sql, line 3: DDL and writes in one transaction" in text
    assert "line 2, fixed:\n    CREATE INDEX ASYNC i ON t(a);\n" in text


def test_clean_and_without_the_linter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CliRunner().invoke(execute, ["--lint", "-c", "select 1"]).exit_code == 0
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    done = CliRunner().invoke(execute, ["--lint", "-c", "select 1"])
    assert (done.exit_code, "The linter is not installed." in done.stderr) == (1, True)
    done = CliRunner().invoke(execute, ["--lint", "-c", "delete from t"])
    assert (done.exit_code, "[all-rows, dsqltui]" in done.stdout) == (7, True)


def test_it_goes_with_nothing_that_runs() -> None:
    done = CliRunner().invoke(execute, ["--lint", "-c", "select 1", "--explain"])
    assert done.exit_code == 2
