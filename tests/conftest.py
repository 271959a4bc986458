"""Fixtures for everybody: nothing of the user's machine is seen, one simulator serves a test module's process."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.servers.simulator import PG_SECRET, TEMPLATE_VARIABLE, RunningSimulator, running_simulator

for _name in [name for name in os.environ if name.startswith(("AWS_", "PG", "DSQLTUI_"))]:
    if _name not in ("DSQLTUI_PG_BIN", "DSQLTUI_PG_ROOT"):
        del os.environ[_name]
for _name in ("LC_ALL", "LC_MESSAGES", "LANG"):  # the tests read English
    if os.environ.get(_name, "").startswith("ja"):
        os.environ[_name] = "C.UTF-8"
os.environ["DSQLTUI_PG_SECRET"] = PG_SECRET
os.environ["AWS_CONFIG_FILE"] = os.devnull
os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

_shared: list[RunningSimulator] = []
"""The simulator of this process, while it runs."""


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The user's settings, data and home stay out of the tests."""
    home = tmp_path_factory.mktemp("home")
    os.environ["HOME"] = str(home)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        os.environ[name] = str(home / name.lower())
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ[TEMPLATE_VARIABLE] = str(shared / "postgres-template")


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """A simulator shared by the tests of one worker; tests use schemas of their own.

    Sessions that idle are not told of schema changes: tests beside each other would meet each other's.
    """
    directory: Path = tmp_path_factory.mktemp("simulator")
    with running_simulator(directory, "--job-delay", "0.05", "--no-idle-oc001") as running:
        _shared.append(running)
        yield running
        _shared.clear()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """A database holds ten schemas: those of a module go with it, whatever other module comes next on this worker."""
    yield
    for running in _shared:
        running.drop_schemas()


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: looking through it for garbage took a fourth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the tests twice: a function of 300 cases is one function, and 300 ids."""
    counts = []
    for outcome in ("passed", "failed", "error", "skipped", "xfailed", "xpassed"):
        reports = terminalreporter.stats.get(outcome, [])
        ids = {report.nodeid for report in reports if isinstance(report, pytest.TestReport)}
        if ids:
            functions = {id_.partition("[")[0] for id_ in ids}
            counts.append(f"{outcome}: {len(functions):,} test functions, {len(ids):,} ids")
    terminalreporter.write_line("; ".join(counts) or "no tests")
