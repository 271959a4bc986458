"""The sidebar in a real terminal: a job seen in each state, an index that failed with its way out."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.screens.terminal import Terminal

pytestmark = pytest.mark.e2e

F2, F5, F7, END = "\x1bOQ", "\x1b[15~", "\x1b[18~", "\x1b[1;5F"
SIZES = [pytest.param(80, 24, id="80x24"), pytest.param(160, 45, id="160x45")]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A simulator whose jobs take their time, found by `dsqltui --local`."""
    environment = {"XDG_DATA_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    folder = tmp_path / "dsqltui" / "simulator"
    options = ["--quiet", "--data-dir", str(folder), "--job-delay", "1.5"]
    with Terminal([sys.executable, "-m", "dsqltui", "sim", *options], env=environment) as simulator:
        simulator.wait_for(lambda _: (folder / "ready.json").exists())
        yield environment


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_job_is_followed_through_its_states(environment: dict[str, str], columns: int, rows: int) -> None:
    command = [sys.executable, "-m", "dsqltui", "--local"]
    with Terminal(command, columns=columns, rows=rows, env=environment) as terminal:
        terminal.wait_for(lambda screen: screen.count("connected") >= 2 and "connecting" not in screen)
        terminal.send("create table t (id int primary key, a int);\r" + "insert into t values (1, 1), (2, 1);\r")
        terminal.send("create index async on t (a);\r" + "create unique index async only_one on t (a);")
        terminal.send("\x1b[A\x1b[A\x1b[A" + F5)
        terminal.wait_for("CREATE TABLE")
        terminal.send(F5)
        terminal.wait_for("INSERT 0 2")
        terminal.send(F5)
        terminal.wait_for("follow the job")
        terminal.send(F7)
        seen = [terminal.wait_for(f"public.t_a_idx  {state}") for state in ("submitted", "processing", "completed")]
        assert len(seen) == 3
        terminal.wait_for("INDEX_BUILD of public.t_a_idx completed")
        terminal.send("2")
        terminal.wait_for("t_a_idx (a)", lambda screen: "not valid" not in screen)

        terminal.send(F7 if columns < 100 else F2)
        terminal.wait_for("create unique")
        terminal.send(F5 + F7 + "1")
        terminal.wait_for("public.only_one  failed")
        terminal.send("2/only_one\r")
        terminal.wait_for("not valid", "NOT VALID: queries do not use it.")
        terminal.send("m")
        terminal.wait_for("DROP INDEX public.only_one;", "CREATE UNIQUE INDEX ASYNC only_one ON public.t (a);")
