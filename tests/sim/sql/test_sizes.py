"""Limits that are found out by size, not by rows."""

from typing import Any

import psycopg
import pytest

from support.servers.simulator import RunningSimulator


@pytest.fixture
def client(simulator: RunningSimulator) -> Any:
    with simulator.connect() as connection:
        connection.execute("CREATE TABLE sizes (id int PRIMARY KEY, x text)")
        yield connection
        connection.execute("DROP TABLE sizes")


def refused(client: "psycopg.Connection[Any]", sql: str, *, prepare: bool) -> tuple[str | None, str | None, str | None]:
    with pytest.raises(psycopg.Error) as error:
        client.execute(sql, prepare=prepare)
    return error.value.sqlstate, error.value.diag.message_primary, error.value.diag.message_detail


TOO_LARGE = ("54000", "transaction size limit 10mb exceeded", "Current transaction size 11mb > 10mb")


@pytest.mark.parametrize("prepare", [False, True], ids=["simple", "extended"])
class TestTenMebibytes:
    LOAD = "INSERT INTO sizes SELECT i, repeat('x', 1000 * 1000) FROM generate_series(1, {}) i"

    def test_found_at_commit(self, client: "psycopg.Connection[Any]", prepare: bool) -> None:
        client.execute("BEGIN")
        assert client.execute(self.LOAD.format(11), prepare=prepare).statusmessage == "INSERT 0 11"
        assert refused(client, "COMMIT", prepare=prepare) == TOO_LARGE
        assert client.execute("SELECT count(*) FROM sizes").fetchone() == (0,)

    def test_found_in_autocommit(self, client: "psycopg.Connection[Any]", prepare: bool) -> None:
        assert refused(client, self.LOAD.format(11), prepare=prepare) == TOO_LARGE
        assert client.execute("SELECT count(*) FROM sizes").fetchone() == (0,)

    def test_found_where_the_tag_does_not_count(self, client: "psycopg.Connection[Any]", prepare: bool) -> None:
        load = f"WITH new AS ({self.LOAD.format(11)} RETURNING id) SELECT count(*) FROM new"
        assert refused(client, load, prepare=prepare) == TOO_LARGE

    def test_ten_are_allowed(self, client: "psycopg.Connection[Any]", prepare: bool) -> None:
        assert client.execute(self.LOAD.format(10), prepare=prepare).statusmessage == "INSERT 0 10"
        assert client.execute("SELECT count(*) FROM sizes").fetchone() == (10,)


@pytest.mark.parametrize("prepare", [False, True], ids=["simple", "extended"])
def test_temporary_space_of_a_query(client: "psycopg.Connection[Any]", prepare: bool) -> None:
    sort = "SELECT repeat('x', 500) || i AS y FROM generate_series(1, 400000) i ORDER BY y OFFSET 399999"
    said = ("54000", "query requires more than allowed temp space of 131072 KB to execute", None)
    assert refused(client, sort, prepare=prepare) == said


@pytest.mark.parametrize("prepare", [False, True], ids=["simple", "extended"])
def test_the_version_shown(client: "psycopg.Connection[Any]", prepare: bool) -> None:
    assert client.execute("SHOW server_version", prepare=prepare).fetchone() == ("16.15",)
    assert client.execute("SHOW server_version_num", prepare=prepare).fetchone() == ("160015",)
    assert client.info.parameter_status("server_version") == "16.15"
