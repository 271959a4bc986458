"""Snapshots of the data and the way back to them."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dsqltui.sim.aws.control_client import ControlClient, ControlFailed
from support.servers.simulator import RunningSimulator, running_simulator


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """A simulator whose data may be put back."""
    with running_simulator(tmp_path_factory.mktemp("snapshots"), "--job-delay", "0.05") as running:
        yield running


@pytest.fixture(scope="module")
def control(own: RunningSimulator) -> ControlClient:
    return ControlClient.from_ready(own.ready)


def test_rows_schema_sequences_and_roles_go_back(own: RunningSimulator, control: ControlClient) -> None:
    with own.connect() as a, own.connect(1) as b:
        a.execute("create table kept (id int primary key, v int)")
        a.execute("create sequence counter cache 1")
        a.execute("insert into kept values (1, 1)")
        a.execute("select nextval('counter')")
        assert "whole" in control.make_snapshot("whole")
        a.execute("update kept set v = 2")
        a.execute("alter table kept add column more int")
        a.execute("create table passing (id int primary key)")
        a.execute("create role passing_role login")
        a.execute("select nextval('counter')")
        done = control.reset("whole")
        assert done["snapshot"] == "whole"
        for session in (a, b):
            assert session.execute("select * from kept").fetchall() == [(1, 1)]
        assert a.execute("select nextval('counter')").fetchone() == (2,)
        assert a.execute(
            "select to_regclass('passing'), (select count(*) from pg_roles where rolname = 'passing_role')"
        ).fetchone() == (None, 0)
        a.execute("create role passing_role login")
        assert control.reset("whole")["ended_transactions"] == 0
        assert b.execute("select datname from pg_database where datname !~ '^template'").fetchall() == [("postgres",)]


def test_sessions_keep_settings_and_prepared_statements(own: RunningSimulator, control: ControlClient) -> None:
    control.reset("empty")
    with own.connect(prepare_threshold=0) as session:
        session.execute("create schema apart")
        session.execute("create table apart.t (id int primary key)")
        control.make_snapshot("path")
        session.execute("set search_path = apart")
        for number in range(3):
            session.execute("insert into t values (%s)", (number,), prepare=True)
            assert session.execute("select count(*) from t", prepare=True).fetchone() == (number + 1,)
        control.reset("path")
        session.execute("insert into t values (%s)", (7,), prepare=True)
        assert session.execute("select count(*) from t", prepare=True).fetchone() == (1,)
        assert session.execute("show search_path").fetchone() == ("apart",)


def test_an_open_transaction_hears_of_it(own: RunningSimulator, control: ControlClient) -> None:
    control.reset("empty")
    with own.connect() as session, own.connect(1) as other:
        session.execute("create table t (id int primary key, v int)")
        session.execute("insert into t values (1, 1)")
        control.make_snapshot("one")
        other.execute("begin")
        other.execute("update t set v = 3")
        with pytest.raises(ControlFailed, match="1 session has a transaction open"):
            control.make_snapshot("two")
        assert control.reset("one")["ended_transactions"] == 1
        with pytest.raises(psycopg.errors.SerializationFailure, match="OC001"):
            other.execute("select v from t")
        other.execute("rollback")
        assert other.execute("select v from t").fetchall() == [(1,)]
        other.execute("begin")
        other.execute("update t set v = 4")
        session.execute("update t set v = 5")
        with pytest.raises(psycopg.errors.SerializationFailure, match="OC000"):
            other.execute("commit")


def test_resets_follow_each_other(own: RunningSimulator, control: ControlClient) -> None:
    control.reset("empty")
    with own.connect() as session:
        session.execute("create table t (id int primary key)")
        control.make_snapshot("with-t")
        for number in range(8):  # more than there are spares
            session.execute("insert into t values (%s)", (number,))
            control.reset("with-t")
            assert session.execute("select count(*) from t").fetchone() == (0,)
        for _ in range(2):
            control.reset("empty")
            assert session.execute("select to_regclass('t')").fetchone() == (None,)
            control.reset("with-t")
            assert session.execute("select count(*) from t").fetchone() == (0,)


def test_what_is_asked_wrongly_is_one_sentence(control: ControlClient) -> None:
    with pytest.raises(ControlFailed, match=r"There is no snapshot 'nobody'; there are: .*empty"):
        control.reset("nobody")
    with pytest.raises(ControlFailed, match="no name for a snapshot"):
        control.make_snapshot("A b")
    with pytest.raises(ControlFailed, match="choose another name"):
        control.make_snapshot("empty")


@pytest.mark.long
def test_snapshots_outlive_the_simulator(tmp_path: Path) -> None:
    with running_simulator(tmp_path, data_dir=tmp_path / "data") as first:
        with first.connect() as session:
            session.execute("create table t (id int primary key)")
        ControlClient.from_ready(first.ready).make_snapshot("default")
        with first.connect() as session:
            session.execute("drop table t")
    with running_simulator(tmp_path, data_dir=tmp_path / "data") as second:
        assert ControlClient.from_ready(second.ready).reset()["snapshot"] == "default"
        with second.connect() as session:
            session.execute("insert into t values (1)")
