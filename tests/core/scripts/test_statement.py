"""Cutting scripts into statements, as psql cuts them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.scripts import statement as statement_module
from dsqltui.core.scripts.statement import Statement, StatementKind, at_offset, iterate, kind_of, split, words
from dsqltui.core.sql.lexer import Kind, State, Token, scan
from support.sql_text import SQL


def texts(script: str) -> list[str]:
    return [statement.text for statement in split(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        (";; -- nothing\n;", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;SELECT 2 ;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' || \";\" || $$;$$ /*;*/ ; SELECT 2", ["SELECT ';' || \";\" || $$;$$", "SELECT 2"]),
        ("-- a;\nSELECT /* b */ 1 -- c;\n;", ["SELECT /* b */ 1"]),
        ("SELECT 'a\n;b';\nSELECT 2", ["SELECT 'a\n;b'", "SELECT 2"]),
        ("SELECT $f$\n;\n$f$;SELECT 2", ["SELECT $f$\n;\n$f$", "SELECT 2"]),
        (r"SELECT e'\';'; SELECT 2", [r"SELECT e'\';'", "SELECT 2"]),
        ("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3", None),
        ("SELECT 1); SELECT 2", ["SELECT 1)", "SELECT 2"]),
        ("SELECT 1\n\\i a.sql\n+ 2; SELECT 2", ["SELECT 1\n\\i a.sql\n+ 2;", "SELECT 2"]),
        ("\\i a.sql\nSELECT 2", ["\\i a.sql", "SELECT 2"]),
        ("\\set x 1 \\\\ SELECT :x; SELECT 2", ["\\set x 1", "SELECT :x", "SELECT 2"]),
        ("\\echo a \\echo 'b \\\\ c'\nSELECT 2", ["\\echo a", "\\echo 'b \\\\ c'", "SELECT 2"]),
        ("\\copy t to 'a' escape '\\\\' \\x\nSELECT 2", ["\\copy t to 'a' escape '\\\\' \\x", "SELECT 2"]),
        (
            "\\if true\nSELECT 1;\n\\else\nSELECT 2;\n\\endif\nSELECT 3",
            ["\\if true\nSELECT 1;\n\\else\nSELECT 2;\n\\endif", "SELECT 3"],
        ),
        ("SELECT 1 \\p \\g\nSELECT 2", ["SELECT 1 \\p \\g", "SELECT 2"]),
        ("SELECT (1 \\r\nSELECT 2;", ["SELECT (1 \\r", "SELECT 2"]),
        ("SELECT 1; \\q  \r\nSELECT 2", ["SELECT 1", "\\q", "SELECT 2"]),
    ],
)
def test_cuts(script: str, expected: list[str] | None) -> None:
    if expected is None:
        expected = [script[: script.rindex(";")], "SELECT 3"]
    assert texts(script) == expected


@pytest.mark.parametrize(
    "routine",
    [
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
        "create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end",
        "CREATE PROCEDURE p(a int DEFAULT (1)) BEGIN ATOMIC INSERT INTO t VALUES (1); END",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2; $$",
    ],
)
def test_bodies_of_routines_are_not_cut(routine: str) -> None:
    assert texts(f"{routine}; SELECT 'next'") == [routine, "SELECT 'next'"]


def test_begin_elsewhere_opens_nothing() -> None:
    assert texts("BEGIN; SELECT 1; END; CREATE TABLE begin_end (a int); SELECT 2") == [
        "BEGIN",
        "SELECT 1",
        "END",
        "CREATE TABLE begin_end (a int)",
        "SELECT 2",
    ]


def test_offsets_and_termination() -> None:
    script = "  SELECT 1 ; -- c\nSELECT 'ä🙂'\n"
    first, second = split(script)
    assert (first.start, first.end, first.is_terminated) == (2, 12, True)
    assert (second.start, second.end, second.is_terminated) == (18, 30 - 1, False)
    assert script[second.start : second.end] == second.text == "SELECT 'ä🙂'"


@pytest.mark.parametrize(
    ("script", "copies", "others"),
    [
        ("COPY t FROM STDIN;\n1\ta\n\\.\nSELECT 1;", ["1\ta\n"], ["SELECT 1"]),
        ("copy t (a) from stdin with (format csv);\r\nit's;\r\n\\.\r\nSELECT 1", ["it's;\r\n"], ["SELECT 1"]),
        ("COPY t FROM STDIN;\n1", ["1"], []),
        ("COPY t FROM STDIN;", [""], []),
        ("COPY t FROM STDIN;\n\\.\n", [""], []),
        ("COPY t FROM STDIN; SELECT 1;\n1\n\\.\nSELECT 2", ["1\n"], ["SELECT 1", "SELECT 2"]),
        ("COPY t FROM STDIN; COPY u FROM STDIN;\n1\n\\.\n2\n\\.\nSELECT 2", ["1\n", "2\n"], ["SELECT 2"]),
        ("COPY t FROM STDIN; -- note\n1\n\\.\n", ["1\n"], []),
        ("COPY t FROM STDIN;\n'open\n\\.\nSELECT 'x;y'", ["'open\n"], ["SELECT 'x;y'"]),
        ("COPY (SELECT a FROM stdin) TO STDOUT; SELECT 1", [], ["COPY (SELECT a FROM stdin) TO STDOUT", "SELECT 1"]),
        ("COPY t FROM '/f'; SELECT 1", [], ["COPY t FROM '/f'", "SELECT 1"]),
    ],
)
def test_copy_data(script: str, copies: list[str], others: list[str]) -> None:
    statements = split(script)
    assert [s.copy_data for s in statements if s.copy_data is not None] == copies
    assert [s.text for s in statements if s.copy_data is None] == others


@pytest.fixture
def lexed_characters(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The length of each piece of text that goes to the lexer."""
    lengths: list[int] = []

    def counting(text: str, state: State = None) -> tuple[tuple[Token, ...], State]:
        lengths.append(len(text))
        return scan(text, state)

    monkeypatch.setattr(statement_module, "scan", counting)
    return lengths


def test_copy_data_is_not_lexed_and_nothing_is_lexed_twice(lexed_characters: list[int]) -> None:
    command = "COPY t FROM stdin;\n"
    assert len(split((command + "1\tit's\n" * 500 + "\\.\n") * 100)) == 100
    assert sum(lexed_characters) == 100 * len(command)


def test_a_big_script_is_not_cut_before_it_is_needed(lexed_characters: list[int]) -> None:
    statements = iterate("SELECT 1;\n" * 100_000)
    assert next(statements).text == "SELECT 1"
    assert sum(lexed_characters) < 100


@given(SQL)
def test_no_token_is_lost(script: str) -> None:
    statements = split(script)
    for before, after in itertools.pairwise(statements):
        assert before.end <= after.start
    covered = {place for statement in statements for place in range(statement.start, statement.end)}
    for token in scan(script)[0]:
        if token.kind not in (Kind.COMMENT, Kind.SEMICOLON, Kind.BACKSLASH):
            assert covered.issuperset(range(token.start, token.end))


def has_commands(statement: Statement) -> bool:
    return statement.kind is StatementKind.COMMAND or statement.is_block


@pytest.mark.parametrize(
    ("script", "sent"),
    [
        ("-- a\n/* b */ -- c\n SELECT 1 /* d */ -- e\n;", "/* b */ -- c\n SELECT 1 /* d */ -- e"),
        ("SELECT 1 /* tag */; SELECT 2", "SELECT 1 /* tag */"),
        ("-- a\nSELECT 1; -- b", "SELECT 1"),
    ],
)
def test_comments_that_psql_sends(script: str, sent: str) -> None:
    first = split(script)[0]
    assert first.before + first.text + first.after == sent


@given(SQL)
def test_a_statement_is_what_stands_at_its_offsets(script: str) -> None:
    for statement in split(script):
        assert script.startswith(statement.text, statement.start)
        rest = script[statement.start + len(statement.text) : statement.end]
        assert [token.kind for token in scan(rest)[0] if token.kind is not Kind.COMMENT] == (
            [Kind.SEMICOLON] if statement.is_terminated and not has_commands(statement) else []
        )


@given(st.lists(st.sampled_from(["SELECT 1", "SELECT ';'", "COPY t TO STDOUT", "BEGIN", "/* ; */ X", "$$;$$"])))
def test_joining_and_cutting(parts: list[str]) -> None:
    assert texts(";\n".join(parts)) == [part.removeprefix("/* ; */ ") for part in parts]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("BEGIN", StatementKind.BEGIN),
        ("start transaction read only", StatementKind.BEGIN),
        ("COMMIT", StatementKind.COMMIT),
        ("END", StatementKind.COMMIT),
        ("ROLLBACK", StatementKind.ROLLBACK),
        ("abort work", StatementKind.ROLLBACK),
        ("ROLLBACK TO SAVEPOINT a", StatementKind.OTHER),
        ("ROLLBACK WORK TO a", StatementKind.OTHER),
        ("/* c */ select 1", StatementKind.READ),
        ("(SELECT 1) UNION SELECT 2", StatementKind.READ),
        ("VALUES (1)", StatementKind.READ),
        ("TABLE t", StatementKind.READ),
        ("SHOW x", StatementKind.READ),
        ("SELECT 'for update'", StatementKind.READ),
        ("SELECT * FROM t FOR UPDATE", StatementKind.WRITE),
        ("SELECT * FROM t FOR NO KEY UPDATE", StatementKind.WRITE),
        ("SELECT * FROM t FOR KEY SHARE", StatementKind.WRITE),
        ("SELECT * FROM t FOR SHARE", StatementKind.WRITE),
        ("INSERT INTO t VALUES (1)", StatementKind.WRITE),
        ("WITH a AS (SELECT 1) SELECT * FROM a", StatementKind.READ),
        ("WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", StatementKind.WRITE),
        ("WITH a AS (SELECT 1) UPDATE t SET x = 1", StatementKind.WRITE),
        ("EXPLAIN DELETE FROM t", StatementKind.READ),
        ("EXPLAIN ANALYZE DELETE FROM t", StatementKind.WRITE),
        ("EXPLAIN (ANALYZE, VERBOSE) UPDATE t SET x = 1", StatementKind.WRITE),
        ("EXPLAIN ANALYZE SELECT 1", StatementKind.READ),
        ("COPY t FROM STDIN", StatementKind.WRITE),
        ("COPY t TO STDOUT", StatementKind.READ),
        ("COPY (SELECT a FROM t) TO STDOUT", StatementKind.READ),
        ("CREATE TABLE t (a int)", StatementKind.DDL),
        ("AWS IAM GRANT app TO 'arn'", StatementKind.DDL),
        ("\\i a.sql", StatementKind.COMMAND),
        ("SET x = 1", StatementKind.OTHER),
        ("", StatementKind.OTHER),
        ("-- c", StatementKind.OTHER),
    ],
)
def test_kinds(text: str, kind: StatementKind) -> None:
    assert kind_of(text) is kind
    for statement in split(text):
        assert statement.kind is kind


def test_words() -> None:
    assert words(scan("SELECT \"A\", 'B' -- c")[0]) == ["select", '"A"', ",", "'B'"]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("SELECT 1; SELECT 2|; SELECT 3", "SELECT 2"),
        ("|SELECT 1; SELECT 2", "SELECT 1"),
        ("SELECT 1;| SELECT 2", "SELECT 1"),
        ("SELECT 1; |SELECT 2", "SELECT 2"),
        ("\n|\nSELECT 1;\nSELECT 2", "SELECT 1"),
        ("SELECT 1;\n|\nSELECT 2", "SELECT 1"),
        ("SELECT 1;\n|  SELECT 2", "SELECT 2"),
        ("SELECT 1;\nSELECT 2;\n|", "SELECT 2"),
        ("SELECT\n  |1\n;\nSELECT 2", "SELECT\n  1"),
        ("|", None),
        ("-- c|", None),
    ],
)
def test_the_statement_under_the_cursor(script: str, text: str | None) -> None:
    found = at_offset(script.replace("|", ""), script.index("|"))
    assert (found.text if found else None) == text


@given(SQL, st.integers(0, 100))
def test_some_statement_is_under_every_cursor(script: str, offset: int) -> None:
    statements = split(script)
    found: Statement | None = at_offset(script, min(offset, len(script)))
    assert found in statements if statements else found is None
