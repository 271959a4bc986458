"""The real dsql-lint, and programs that are not it."""

from pathlib import Path

import pytest

from dsqltui.client import linter
from dsqltui.client.linter import fixes_of, lint, linter_command
from dsqltui.core.scripts.hints import NoHints, only_sql, with_fixes


async def test_what_aurora_dsql_refuses() -> None:
    hints = await lint("select 1;\n\ncreate index i on t (a);\ntruncate t;\n")
    assert [hint.line for hint in hints] == [3, 4]
    assert "ASYNC" in hints[0].suggestion
    assert await lint("create index async i on t (a);\n") == ()


@pytest.mark.parametrize(("script", "reason"), [("exit 2", "status 2"), ("echo hello", "could not be read")])
async def test_another_program_is_said(tmp_path: Path, script: str, reason: str) -> None:
    program = tmp_path / "dsql-lint"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    program.chmod(0o755)
    with pytest.raises(NoHints, match=reason):
        await lint("select 1;\n", str(program))


async def test_one_that_cannot_start_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoHints, match="could not be started"):
        await lint("select 1;\n", str(tmp_path / "nothing"))


async def test_one_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linter, "_TIMEOUT_S", 0.2)
    program = tmp_path / "dsql-lint"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    with pytest.raises(NoHints, match="did not answer"):
        await lint("select 1;\n", str(program))


async def test_without_it_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert linter_command() is None
    with pytest.raises(NoHints, match=r"pip install 'dsqltui\[lint\]'"):
        await lint("select 1;\n")


async def test_fixes_change_only_their_statements() -> None:
    text = "-- why\nselect  1;\n\\echo x\ncreate index i\n  on t (a);  -- kept\ntruncate t;\ncreate index j on t (b)"
    hints = await lint(only_sql(text))
    assert [(hint.line, hint.is_fixable) for hint in hints] == [(4, True), (6, False), (7, True)]
    assert (hints[0].rule, "NOT ready" in hints[0].fix_detail) == ("index_async", True)
    fixes = await fixes_of(text, hints)
    assert [fix.line for fix in fixes] == [4, 7]
    assert with_fixes(text, fixes) == (
        "-- why\nselect  1;\n\\echo x\nCREATE INDEX ASYNC i ON t(a);  -- kept\ntruncate t;\nCREATE INDEX ASYNC j ON t(b)"
    )
