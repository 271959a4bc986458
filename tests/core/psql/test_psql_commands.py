"""The commands that show, set, copy and run again: psql's forms, and what is said of mistakes."""

import pytest

from dsqltui.core.psql import (
    COMMANDS,
    NAMES,
    BadArguments,
    Command,
    Copy,
    Echo,
    Go,
    Listing,
    ListObjects,
    NotHere,
    OutputTo,
    SetVariable,
    ShowFunction,
    Stream,
    SwitchExpanded,
    SwitchTiming,
    UnknownCommand,
    UnsetVariable,
    Watch,
    parse_command,
)
from dsqltui.core.scripts.effects import may_change, may_write
from dsqltui.core.scripts.statement import StatementKind, split

RELATIONS = Listing.RELATIONS


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (r"\d", ListObjects(RELATIONS, kinds="tvs")),
        (r"\d+", ListObjects(RELATIONS, is_verbose=True, kinds="tvs")),
        (r"\d xpoints.customers;", ListObjects(Listing.DETAILS, "xpoints.customers")),
        (r'\d+ "My Table"', ListObjects(Listing.DETAILS, '"My Table"', is_verbose=True)),
        (r"\dS+ pg_class", ListObjects(Listing.DETAILS, "pg_class", is_verbose=True, with_system=True)),
        (r"\dt xpoints.*", ListObjects(RELATIONS, "xpoints.*", kinds="t")),
        (r"\dt+", ListObjects(RELATIONS, is_verbose=True, kinds="t")),
        (r"\dtvS", ListObjects(RELATIONS, with_system=True, kinds="tv")),
        (r"\di", ListObjects(RELATIONS, kinds="i")),
        (r"\dv", ListObjects(RELATIONS, kinds="v")),
        (r"\dn+", ListObjects(Listing.SCHEMAS, is_verbose=True)),
        (r"\du rep*", ListObjects(Listing.ROLES, "rep*")),
        (r"\dg", ListObjects(Listing.ROLES)),
        (r"\dp x.y", ListObjects(Listing.PRIVILEGES, "x.y")),
        (r"\z", ListObjects(Listing.PRIVILEGES)),
        (r"\l", ListObjects(Listing.DATABASES)),
        (r"\df+ f", ListObjects(Listing.FUNCTIONS, "f", is_verbose=True)),
        (r"\dt :who", ListObjects(RELATIONS, "value", kinds="t")),
        (r"\dt a b", BadArguments("dt", r"\dt takes one pattern; write \dt a.")),
        (r"\dm", BadArguments("dm", r"Aurora DSQL has no materialized views; \dv lists views.")),
        (r"\sf f(int, text)", ShowFunction("f(int, text)")),
        (r"\sf+ f", ShowFunction("f", is_verbose=True)),
        (r"\sf", BadArguments("sf", r"The function is missing; write \sf NAME or \sf NAME(TYPE).")),
        (r"\x", SwitchExpanded()),
        (r"\x on", SwitchExpanded(True)),
        (r"\x maybe", BadArguments("x", r"\x is on or off; write \x on.")),
        (r"\timing off", SwitchTiming(False)),
        (r"\g", Go()),
        (r"\g 'a b.txt'", Go("a b.txt")),
        (r"\gx", Go(is_expanded=True)),
        (r"\g | less", BadArguments("g", r"Programs are not run from here; write \g FILE.")),
        (r"\o out.txt", OutputTo("out.txt")),
        (r"\o", OutputTo(None)),
        (r"\watch", Watch()),
        (r"\watch 0.5", Watch(0.5)),
        (r"\watch i=5", Watch(5.0)),
        (r"\watch 0", BadArguments("watch", r"\watch takes seconds, 0.1 to 86400; write \watch 5.")),
        (r"\watch nan", BadArguments("watch", r"\watch takes seconds, 0.1 to 86400; write \watch 5.")),
        (r"\echo a  'b  c' :who :'who' :none", Echo("a b  c value 'value' :none")),
        (r"\echo -n x;", Echo("x;", ends_line=False)),
        (r"\qecho x", Echo("x", stream=Stream.RESULTS)),
        (r"\warn x", Echo("x", stream=Stream.NARRATION)),
        (r"\set", SetVariable()),
        (r"\set a", SetVariable("a")),
        (r"\set a 'b c' d", SetVariable("a", "b cd")),
        (
            r"\set a-b c",
            BadArguments("set", r"A variable's name is letters, digits and underscores; write \set NAME VALUE."),
        ),
        (r"\unset a", UnsetVariable("a")),
        (r"\unset", BadArguments("unset", r"\unset takes one name; write \unset NAME.")),
        (r"\! ls", NotHere("!", "Programs are not run from here; use another terminal for them.")),
        (r"\!ls", NotHere("!ls", "Programs are not run from here; use another terminal for them.")),
        (r"\coppy t", UnknownCommand("coppy", ("copy",))),
        (r"\echo 'a", BadArguments("echo", "A quote is not closed; close it, or double it within quotes.")),
    ],
)
def test_commands(text: str, command: Command) -> None:
    assert parse_command(text, {"who": "value"}) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (r"\copy t from 'a b.csv' csv escape '\';", Copy("t", True, "a b.csv", r"csv escape '\'")),
        (r"\copy xpoints.T from '~/x.csv' csv escape '\';", Copy("xpoints.T", True, "~/x.csv", r"csv escape '\'")),
        (r"\copy t (a, b) FROM x.txt", Copy("t (a, b)", True, "x.txt")),
        (
            r"\copy t from x.csv with (format csv, header true)",
            Copy("t", True, "x.csv", "with (format csv, header true)"),
        ),
        (r"\copy t from stdin csv", Copy("t", True, None, "csv")),
        (r"\copy t from pstdin", Copy("t", True, None, is_program_input=True)),
        (r"\copy (select a from b to_c) to 'o' csv", Copy("(select a from b to_c)", False, "o", "csv")),
        (r"\copy t to stdout", Copy("t", False, None)),
        (r"\copy t from 'f' csv header batch 3000", Copy("t", True, "f", "csv header", batch_rows=3000)),
        (r"\copy t from 'f' BATCH 10;", Copy("t", True, "f", batch_rows=10)),
        (r'\copy "from" from f', Copy('"from"', True, "f")),
    ],
)
def test_copy(text: str, command: Copy) -> None:
    assert parse_command(text) == command


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (r"\copy", "The table is missing"),
        (r"\copy t", "Neither FROM nor TO is there"),
        (r"\copy from f", "The table is missing"),
        (r"\copy t from", "The file is missing"),
        (r"\copy (select 1) from f", "Rows cannot be copied into a query"),
        (r"\copy t from program 'ls'", "Programs are not run from here"),
        (r"\copy t from stdout", "stdout is for the other direction"),
        (r"\copy t from f batch", ""),
        (r"\copy t from f batch 0", "batch needs a number of rows"),
        (r"\copy t to f batch 10", r"batch is for \copy ... from"),
    ],
)
def test_copy_not_understood(text: str, problem: str) -> None:
    command = parse_command(text)
    if problem:
        assert isinstance(command, BadArguments)
        assert command.problem.startswith(problem)
    else:
        assert command == Copy("t", True, "f", "batch")  # the server says what it thinks of the option


def test_every_command_that_help_shows_is_known() -> None:
    for usage, _ in COMMANDS:
        for word in (word for word in usage.split() if word.startswith("\\")):
            assert not isinstance(parse_command(word.partition("[")[0]), UnknownCommand), word


def test_every_name_is_one() -> None:
    for name in NAMES:
        assert not isinstance(parse_command(f"\\{name}"), UnknownCommand)


@pytest.mark.parametrize("ending", [r"\g", r"\gx", r"\g out.txt", r"\watch 5"])
def test_some_commands_end_a_statement(ending: str) -> None:
    first, second = split(f"select 1 -- one\n  {ending} \nselect 2;")
    assert (first.text, first.ending, first.kind) == ("select 1", ending, StatementKind.READ)
    assert first.end == len(f"select 1 -- one\n  {ending}")
    assert (second.text, second.ending) == ("select 2", "")


def test_without_a_statement_they_are_commands() -> None:
    first, second = split("select 1;\n\\gx")
    assert (first.ending, second.kind, second.text) == ("", StatementKind.COMMAND, r"\gx")


def test_other_commands_are_a_part_of_the_statement() -> None:
    first, second = split("select 1\n\\timing\n; select 2")
    assert (first.text, first.is_block, first.is_terminated, first.kind) == (
        "select 1\n\\timing\n;",
        True,
        True,
        StatementKind.READ,
    )
    assert second.text == "select 2"


def test_rows_in_the_script_belong_to_copy() -> None:
    script = "\\copy t from stdin csv\n1,'\n2,\\x\n\\.\nselect 1;\n\\copy t from pstdin\nselect 2;"
    copy, one, other, two = split(script)
    assert (copy.kind, copy.copy_data) == (StatementKind.COMMAND, "1,'\n2,\\x\n")
    assert (one.text, other.copy_data, two.text) == ("select 1", None, "select 2")


def test_the_list_of_commands_fits_into_eighty_columns() -> None:
    usages = max(len(usage) for usage, _ in COMMANDS)
    assert max(usages + 2 + len(meaning) for _, meaning in COMMANDS) <= 77


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        (r"\dt", False),
        (r"\x", False),
        (r"\conninfo", False),
        (r"\copy t to 'x.csv' csv", False),
        (r"\copy t from 'x.csv' csv", True),
        (r"\copy (select * from t) to 'x.csv' csv", False),
        (r"\copy (delete from t returning *) to 'x.csv' csv", True),
        (r"\i x.sql", True),
        (r"\ir x.sql", True),
        (r"\g", True),
        (r"\watch 2", True),
        (r"\nonsense", False),
    ],
)
def test_what_may_write(text: str, is_so: bool) -> None:
    assert may_write(parse_command(text)) is is_so


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("select 1;", False),
        ("select 1 \\g", False),
        ("select 1 \\watch 2", False),
        ("select 'drop table t' \\gexec", True),
        ("select f(1);", True),
        ("call sys.wait_for_job('x');", False),
        ("call p();", True),
        ("update t set a = 1;", True),
        ("\\dt", False),
        ("\\i x.sql", True),
    ],
)
def test_what_may_change_data_or_schema(text: str, is_so: bool) -> None:
    (statement,) = split(text)
    assert may_change(statement) is is_so
