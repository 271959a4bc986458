"""Backslash commands: names, psql's quoting, mistakes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsqltui.core.psql import BadArguments, Command, Help, Include, Quit, ShowConnection, UnknownCommand, parse_command
from dsqltui.core.scripts.statement import StatementKind, split


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (r"\i a.sql", Include("a.sql", is_relative=False)),
        (r"\include a.sql", Include("a.sql", is_relative=False)),
        (r"\ir a.sql", Include("a.sql", is_relative=True)),
        (r"\include_relative   a.sql  ", Include("a.sql", is_relative=True)),
        ("\\i\ta.sql", Include("a.sql", is_relative=False)),
        (r"\i a.sql;", Include("a.sql", is_relative=False)),
        (r"\i a.sql ; ;", Include("a.sql", is_relative=False)),
        (r"\i 'my file.sql'", Include("my file.sql", is_relative=False)),
        (r"\i 'my file.sql';", Include("my file.sql", is_relative=False)),
        (r"\i 'a;'", Include("a;", is_relative=False)),
        (r"\i 'it''s'", Include("it's", is_relative=False)),
        (r"\i 'a\tb\n\\\'\x41\101\q'", Include("a\tb\n\\'AAq", is_relative=False)),
        (r'\i "my ""file"".sql"', Include('my "file".sql', is_relative=False)),
        (r"\i ~/a' 'b", Include("~/a b", is_relative=False)),
        (r"\i C:\dir\file", Include(r"C:\dir\file", is_relative=False)),
        (
            r"\i `rm -rf x`",
            BadArguments("i", "Backquotes run a program, and programs are not run from here; write the text itself."),
        ),
        (r"\i ''", Include("", is_relative=False)),
        (r"\i", BadArguments("i", r"The file is missing; write \i FILE.")),
        (r"\ir ;", BadArguments("ir", r"The file is missing; write \ir FILE.")),
        (r"\i a b", BadArguments("i", r"More than one file; quote a name that has spaces: \i 'my file.sql'.")),
        (r"\i 'a", BadArguments("i", "A quote is not closed; close it, or double it within quotes.")),
        (r'\i a"b', BadArguments("i", "A quote is not closed; close it, or double it within quotes.")),
        (r"\q", Quit()),
        (r"\q;", Quit()),
        (r"\?", Help()),
        (r"\? commands", Help()),
        (r"\conninfo", ShowConnection()),
        (r"\includ x", UnknownCommand("includ", ("include", "bind"))),
        (r"\coninfo", UnknownCommand("coninfo", ("conninfo",))),
        (r"\dz", UnknownCommand("dz", ("z", "d"))),
        (r"\Q", UnknownCommand("Q", ())),
        ("\\", UnknownCommand("", ())),
    ],
)
def test_commands(text: str, command: Command) -> None:
    assert parse_command(text) == command


def test_what_is_no_command_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no backslash command"):
        parse_command("SELECT 1")


@given(st.text(max_size=60))
def test_any_rest_of_a_line_is_understood_or_refused(rest: str) -> None:
    parse_command("\\" + rest)
    parse_command("\\i " + rest)


@given(st.text(min_size=1))
@example('""')
@example('a""b')
def test_quoting_protects_every_name(name: str) -> None:
    single = "'" + name.replace("\\", "\\\\").replace("'", "''") + "'"
    double = '"' + name.replace('"', '""') + '"'
    assert parse_command(f"\\i {single}") == parse_command(f"\\i {double};") == Include(name, is_relative=False)


def test_statements_of_kind_command_can_be_parsed() -> None:
    (statement,) = split("\\i 'a;b.sql'  \n")
    assert statement.kind is StatementKind.COMMAND
    assert parse_command(statement.text) == Include("a;b.sql", is_relative=False)
