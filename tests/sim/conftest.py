"""Sessions on both endpoints of the shared simulator, in schemas that each test has for itself."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from dsqltui.sim.postgres.postgres import Postgres
from support.long_cases import one_form_a_row
from support.servers.forms import Client, Form
from support.servers.simulator import PG_SECRET, RunningSimulator

_DEADLINE_S = 30.0
_numbers = itertools.count(1)

Connect = Callable[..., Client]
"""connect(endpoint number, form, user=..., session=AWS session) -> Client"""

ROLE_ARN = "arn:aws:iam::111122223333:role/RewardsReadOnlyAccess"
"""A role that the simulator's account has from the beginning."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The forms of the protocol, before the marks are looked at."""
    one_form_a_row(items, Form)


@pytest.fixture(scope="session")
def assumed(simulator: RunningSimulator) -> boto3.Session:
    """An AWS session with temporary credentials of ROLE_ARN."""
    sts = simulator.aws.client(
        "sts", region_name=simulator.endpoints[0].region, endpoint_url=simulator.ready["aws_endpoint_url"]
    )
    given = sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="tests")["Credentials"]
    return boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


class BehindTheScenes:
    """The embedded PostgreSQL as its superuser sees it."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection

    def running(self, fragment: str) -> int:
        """How many sessions run a statement that contains the fragment."""
        row = self.connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' "
            "AND strpos(query, %s) > 0",
            (fragment,),
        ).fetchone()
        assert row is not None
        return int(row[0])

    def sessions_of(self, application: str) -> int:
        """How many PostgreSQL sessions there are for clients with that application name."""
        row = self.connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", (application,)
        ).fetchone()
        assert row is not None
        return int(row[0])

    def wait_until_gone(self, application: str) -> None:
        """Return when no session is left of those clients. Raises AssertionError at the deadline."""
        ends = time.monotonic() + _DEADLINE_S
        while self.sessions_of(application):
            assert time.monotonic() < ends, f"{self.sessions_of(application)} sessions of {application} are left"

    def wait_until_running(self, fragment: str, count: int = 1) -> None:
        """Return when that many sessions run such a statement. Raises AssertionError at the deadline."""
        ends = time.monotonic() + _DEADLINE_S
        while self.running(fragment) != count:
            assert time.monotonic() < ends, f"{fragment!r} is not run by {count} sessions"


@contextmanager
def behind_the_scenes(simulator: RunningSimulator) -> Iterator[BehindTheScenes]:
    """A superuser's session, past the front end."""
    directory = Path(simulator.ready["ca_file"]).parent.parent / "postgres"
    with psycopg.connect(
        host=str(Postgres(directory).socket_dir),
        port=5432,
        user="postgres",
        password=PG_SECRET,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        yield BehindTheScenes(connection)


@pytest.fixture(scope="session")
def behind(simulator: RunningSimulator) -> Iterator[BehindTheScenes]:
    """A superuser's session on the shared simulator's PostgreSQL."""
    with behind_the_scenes(simulator) as scenes:
        yield scenes


@pytest.fixture
def connect(simulator: RunningSimulator) -> Iterator[Connect]:
    """Open sessions that are closed after the test."""
    opened: list[Client] = []

    def open_session(
        number: int = 0, form: Form = Form.SIMPLE, user: str = "admin", session: boto3.Session | None = None
    ) -> Client:
        client = Client(simulator.connect(number, user, session=session), form)
        opened.append(client)
        return client

    yield open_session
    for client in opened:
        client.close()


@pytest.fixture
def schema(connect: Connect) -> Iterator[str]:
    """The name of a schema of the test's own."""
    name = f"test_{next(_numbers)}"
    client = connect(0)
    client.expect(f"CREATE SCHEMA {name}", "CREATE SCHEMA")
    yield name
    client.expect(f"DROP SCHEMA {name} CASCADE", "DROP SCHEMA")


@pytest.fixture(params=list(Form), ids=lambda form: form.value)
def form(request: pytest.FixtureRequest) -> Form:
    chosen: Form = request.param
    return chosen


@pytest.fixture
def a(connect: Connect, form: Form, schema: str) -> Client:
    """A session on the first endpoint, in the test's schema."""
    return _in_schema(connect(0, form), schema)


@pytest.fixture
def b(connect: Connect, form: Form, schema: str) -> Client:
    """Its peer on the second one."""
    return _in_schema(connect(1, form), schema)


def _in_schema(client: Client, schema: str) -> Client:
    client.expect(f"SET search_path TO {schema}", "SET")
    return client
