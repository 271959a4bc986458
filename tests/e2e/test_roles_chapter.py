"""The workshop's roles chapter without leaving dsqltui: the real program in a real terminal on a real simulator."""

import re
import sys
from pathlib import Path

import pytest

from support.screens.terminal import Terminal

pytestmark = pytest.mark.e2e

F2, F3, F5 = "\x1bOQ", "\x1bOR", "\x1b[15~"
CTRL_G, CTRL_Q, END = "\x07", "\x11", "\x1b[1;5F"
DOWN, ENTER = "\x1b[B", "\r"
ROLES = "arn:aws:iam::111122223333:role"
CUSTOMER = "'00152be0-72d3-4dfc-be63-aaa0596991b9'"
SELECT = f"select first_name, last_name, age from xpoints.customers where id = {CUSTOMER};"
UPDATE = f"update xpoints.customers set age = 70 where id = {CUSTOMER};"
SCHEMA = (
    "create schema xpoints;",
    "create table xpoints.customers (id uuid primary key, first_name varchar(50), last_name varchar(50), age int);",
    f"insert into xpoints.customers values ({CUSTOMER}, 'Nikki', 'Wolf', 54);",
)
CHAPTER = (
    "create role reports with login;",
    "grant usage on schema xpoints to reports;",
    "grant select on all tables in schema xpoints to reports;",
    f"aws iam grant reports to '{ROLES}/RewardsReadOnlyAccess';",
    "create role operations with login;",
    "grant usage on schema xpoints to operations;",
    "grant select, insert, update, delete on all tables in schema xpoints to operations;",
    f"aws iam grant operations to '{ROLES}/RewardsReadWriteAccess';",
)


def console(data_home: Path, columns: int, rows: int) -> Terminal:
    return Terminal(
        [sys.executable, "-m", "dsqltui", "--local"],
        columns=columns,
        rows=rows,
        env={
            "XDG_DATA_HOME": str(data_home / "d"),
            "XDG_CONFIG_HOME": str(data_home / "c"),
            "XDG_STATE_HOME": str(data_home / "s"),
            "HOME": str(data_home),
            "AWS_EC2_METADATA_DISABLED": "true",
        },
    )


def run(terminal: Terminal, sql: str, *wanted: str) -> None:
    """Write a statement below what is there and run it."""
    terminal.send(END + ENTER + sql + "\x1b[D" + F5)
    terminal.wait_for(*wanted)


def become(terminal: Terminal, role: str, downs: int) -> None:
    """Open the dialog, take the choice of that number, wait until both panes are there."""
    terminal.send(CTRL_G + "o")
    is_offered = re.compile(rf"{role} +Rewards\w+ +60 min")  # in the dialog; the editor below names them too
    terminal.wait_for(lambda screen: is_offered.search(screen) is not None)
    terminal.send(DOWN * downs + ENTER)
    terminal.wait_for(f"now {role}")


@pytest.mark.parametrize(
    ("columns", "rows"), [pytest.param(80, 24, id="80x24"), pytest.param(160, 45, id="160x45", marks=pytest.mark.long)]
)
def test_the_roles_chapter(tmp_path: Path, columns: int, rows: int) -> None:
    with console(tmp_path, columns, rows) as terminal:
        terminal.wait_for(lambda screen: screen.count("connected") >= 2 and "connecting" not in screen)
        for sql in SCHEMA:
            run(terminal, sql, "CREATE" if "create" in sql else "INSERT 0 1")
            terminal.wait_until_quiet()
        for sql in CHAPTER:
            run(terminal, sql, sql.split()[0].upper())
            terminal.wait_until_quiet()
            assert "ERROR" not in terminal.text, terminal.text

        # choices, by the cluster's mappings: admin, operations, reports
        become(terminal, "reports", 2)
        terminal.wait_for("assumed-role/RewardsReadOnlyAccess")
        run(terminal, SELECT, "Wolf")
        run(terminal, UPDATE, "permission denied for table customers", "42501")

        terminal.send(CTRL_G + "Ob")
        terminal.wait_for("now admin")
        terminal.wait_for("user/workshop")

        run(terminal, r"\role operations", "now operations")
        terminal.wait_for("assumed-role/RewardsReadWrite")
        run(terminal, SELECT, "54")
        run(terminal, UPDATE, "UPDATE 1")
        terminal.send(F3)
        terminal.wait_until_quiet()
        run(terminal, SELECT, "70")  # the other Region, as the same role
        terminal.send(CTRL_G + "Ob")
        terminal.wait_for("now admin")

        terminal.wait_until_quiet(1.5)
        quiet = len(terminal.raw)
        terminal.wait_until_quiet(2.5)
        assert len(terminal.raw) == quiet, "nothing counts down while the dialog is closed"
        assert b"X-Amz-Signature" not in terminal.raw
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0, terminal.text
    journals = [
        file.read_text() for file in tmp_path.rglob("*") if file.is_file() and file.suffix in (".jsonl", ".log")
    ]
    assert not any("X-Amz-" in text for text in journals)
