"""What the linter is given and what is read out of its answer."""

import json

import pytest

from dsqltui.core.scripts.hints import Hint, NoHints, hints_of, only_sql


def test_statements_stay_on_their_lines() -> None:
    text = "-- why\nselect 1;\n\\i file.sql\n\ncopy t from stdin;\n1\n2\n\\.\nselect\n 2; select 3\n"
    sql = only_sql(text)
    assert sql == "\nselect 1;\n\n\ncopy t from stdin;\n\n\n\nselect\n 2;select 3;\n"
    for word in ("select 1", "copy", " 2", "select 3"):
        assert sql.count("\n", 0, sql.index(word)) == text.count("\n", 0, text.index(word))
    assert only_sql("\\i x\n-- nothing") == ""


def answer(*diagnostics: object, version: int = 1) -> str:
    return json.dumps({"schema_version": version, "files": [{"file": "<stdin>", "diagnostics": list(diagnostics)}]})


def test_hints_come_by_line() -> None:
    one = {"line": 3, "message": "b", "suggestion": "d", "rule": "x"}
    assert hints_of(answer(one, {"line": 1, "message": "a", "suggestion": None})) == (
        Hint(1, "a", ""),
        Hint(3, "b", "d", "x"),
    )
    assert hints_of(answer()) == ()


@pytest.mark.parametrize("output", ["", "[]", "{}", "null", answer({"line": "x"}), '{"schema_version": 1, "files": 3}'])
def test_nonsense_is_said(output: str) -> None:
    with pytest.raises(NoHints, match="could not be read"):
        hints_of(output)


def test_another_version_is_said() -> None:
    with pytest.raises(NoHints, match="version 2"):
        hints_of(answer(version=2))


def test_commands_within_a_statement_are_not_given_to_the_linter() -> None:
    text = "select 1;\ndelete from t\n\\echo x\n where id = 1;\n\\if true\nselect 2;\n\\endif\n"
    assert only_sql(text).rstrip().splitlines() == [
        "select 1;",
        "delete from t",
        "       ",
        " where id = 1;",
        "        ",
        "select 2;",
    ]
