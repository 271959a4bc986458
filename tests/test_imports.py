"""What a command loads: start-up time is paid for by imports, and floors hold at run time too."""

import subprocess
import sys

import pytest

HEAVY = ("textual", "rich", "boto3", "botocore", "psycopg", "cryptography")


def loaded_by(code: str) -> set[str]:
    """Top-level packages in sys.modules after running the code in a fresh interpreter."""
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('\\n'.join(sys.modules))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    return {name.split(".")[0] for name in out.splitlines()}


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["sim", "--help"], ["open", "--help"], ["config", "show"], ["config", "validate"]],
)
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    loaded = loaded_by(f"from dsqltui.cli import cli; cli({arguments!r}, prog_name='dsqltui')")
    assert loaded.isdisjoint(HEAVY)


def test_core_loads_no_client_library_and_no_screen() -> None:
    modules = "errors, endpoint, lexer, outcome, safetext, script, session, statement, transaction, commands"
    assert loaded_by(f"from dsqltui.core import {modules}").isdisjoint(HEAVY)


def test_the_simulator_loads_neither_screen_nor_boto3_nor_psycopg() -> None:
    assert loaded_by("import dsqltui.sim.run").isdisjoint({"textual", "rich", "boto3", "psycopg"})


def test_the_client_loads_no_screen() -> None:
    code = "import dsqltui.client.pg_session, dsqltui.client.tokens, dsqltui.client.desk"
    assert loaded_by(code).isdisjoint({"textual", "rich", "boto3"})
