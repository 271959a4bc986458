"""pytest plugin: the simulator as a fixture. Registered as `dsqltui`; nothing is loaded before a test asks for it.

    dsql            session fixture: a simulator of this process, `dsqltui.testing.Dsql`
    dsql_environ    session fixture: the same, and the environment of an application on AWS (credentials, host names)
    @pytest.mark.dsql(conflict_every=3, isolated=False)    faults for one test; whether its changes are undone

Every test that uses one of them begins with the data that fixtures of wider scope have made: what a test changes is
undone after it. Under pytest-xdist every worker has a simulator of its own.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dsqltui.testing import Dsql

_FIXTURES = frozenset({"dsql", "dsql_environ"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `dsqltui sim` is started with."""
    parser.addini(
        "dsql_sim_options", "options for `dsqltui sim`, which the fixture dsql starts", type="args", default=[]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    config.addinivalue_line(
        "markers",
        "dsql(*, isolated=True, **faults): faults of the Aurora DSQL simulator for this test, for instance "
        "conflict_every=3; isolated=False keeps what the test changes",
    )


@pytest.fixture(scope="session")
def dsql(request: pytest.FixtureRequest) -> "Iterator[Dsql]":
    """A two-Region Aurora DSQL simulator that keeps nothing, for all tests of this process."""
    from dsqltui.testing import started

    with started(request.config.getini("dsql_sim_options")) as running:
        yield running


@pytest.fixture(scope="session")
def dsql_environ(dsql: "Dsql") -> "Iterator[Dsql]":
    """The simulator, and what an application finds on AWS: credentials, where AWS and PostgreSQL are, the CA, names of
    hosts that resolve (for Python; libpq gets PGHOSTADDR). Undone at the end of the session."""
    with dsql.environment():
        yield dsql


@pytest.fixture(autouse=True)
def _dsql_isolation(request: pytest.FixtureRequest) -> Iterator[None]:
    """Around a test that uses the simulator: faults as its marker says, and the data put back afterwards."""
    if _FIXTURES.isdisjoint(request.fixturenames):
        yield
        return
    running: Dsql = request.getfixturevalue("dsql")
    marks: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("dsql"))):
        if mark.args:
            pytest.fail("@pytest.mark.dsql takes names with values: @pytest.mark.dsql(conflict_every=3)", pytrace=False)
        marks |= mark.kwargs
    with running.isolated(undoes=bool(marks.pop("isolated", True)), faults=marks):
        yield
