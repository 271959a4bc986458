"""Faults as values and as what connections, statements and commits are told; no sockets."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dsqltui.sim.aws.clusters import Topology
from dsqltui.sim.aws.control_plane import SimulatedControlPlane
from dsqltui.sim.aws.identity import AccessKey, IdentityStore
from dsqltui.sim.faults.fault_control import FaultControl
from dsqltui.sim.faults.faults import (
    FAULTS,
    NO_FAULTS,
    FaultError,
    Faults,
    parse_changes,
    table,
    to_json_object,
    with_changes,
)
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.protocol.admission import Admission

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Ticks:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


# --- values -----------------------------------------------------------------------------------------------------------


def test_every_attribute_has_a_name_and_the_json_is_read_back() -> None:
    assert {fault.attribute for fault in FAULTS.values()} == set(Faults.__slots__)
    changed = with_changes(
        NO_FAULTS, {"unreachable": ["us-east-2", "us-east-1"], "commit-latency": 1, "conflict-every": 3}
    )
    written = json.loads(json.dumps(to_json_object(changed)))
    assert written["unreachable"] == ["us-east-1", "us-east-2"]
    assert with_changes(NO_FAULTS, written) == changed
    assert with_changes(changed, dict.fromkeys(FAULTS)) == NO_FAULTS


def test_the_command_lines_form() -> None:
    changes = parse_changes(["commit-latency=0.02", "unreachable=us-east-2, us-east-1", "waking-connects=default"])
    assert changes == {
        "commit-latency": 0.02,
        "unreachable": ["us-east-2", "us-east-1"],
        "waking-connects": None,
    }
    assert parse_changes(["unreachable="]) == {"unreachable": []}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("commit-latency", "is not NAME=VALUE"),
        ("commit_latency=1", "is no fault; there are commit-latency, "),
        ("commit-latency=", "give seconds"),
        ("commit-latency=-1", "give seconds"),
        ("commit-latency=nan", "give seconds"),
        ("commit-latency=inf", "give seconds"),
        ("session-age=0", "at least 0.1"),
        ("token-clock-skew=1e9", "may be negative"),
        ("waking-connects=1.5", "give count"),
        ("waking-connects=-1", "give count"),
        ("connect-burst=0", "at least 1"),
        ("unreachable=everywhere", "give Regions"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(text: str, words: str) -> None:
    with pytest.raises(FaultError, match=words):
        with_changes(NO_FAULTS, parse_changes([text]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("waking-connects", True),
        ("waking-connects", 1.0),
        ("waking-connects", 10**400),
        ("commit-latency", "1"),
        ("commit-latency", 10**400),
        ("commit-latency", float("nan")),
        ("unreachable", "us-east-1"),
        ("unreachable", [1]),
    ],
)
def test_json_of_another_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(FaultError):
        with_changes(NO_FAULTS, {name: value})


def test_the_help_has_every_fault_with_its_default() -> None:
    rows = dict(table())
    assert rows.keys() == FAULTS.keys()
    assert rows["session-age"].endswith("default 3600")


# --- the holder -------------------------------------------------------------------------------------------------------


def test_nothing_goes_wrong_unless_told() -> None:
    faults = FaultControl()
    assert faults.connect_error() is None
    assert faults.statement_error() is None
    assert not faults.next_commit_conflicts()
    assert not faults.is_at_commits
    assert faults.is_reachable("us-east-1")
    assert faults.token_time(NOW) == NOW
    assert faults.transaction_error(faults.now()) is None


def test_counts_are_used_up() -> None:
    faults = FaultControl(Faults(waking_connects=2, server_unavailable=1))
    refused = [faults.connect_error() for _ in range(3)]
    assert [error.sqlstate if error else None for error in refused] == ["08006", "08006", None]
    assert faults.current.waking_connects == 0
    error = faults.statement_error()
    assert error is not None
    assert (error.sqlstate, error.message) == ("XX000", "server unavailable")
    assert faults.statement_error() is None


def test_waking_takes_its_time_from_the_first_connect() -> None:
    ticks = Ticks()
    faults = FaultControl(Faults(waking_s=5), clock=ticks)
    ticks.seconds += 100
    assert faults.connect_error()
    ticks.seconds += 4.9
    assert faults.connect_error()
    ticks.seconds += 0.1
    assert faults.connect_error() is None
    assert faults.current == NO_FAULTS
    faults.change({"waking-time": 1})
    assert faults.connect_error()


def test_an_old_transaction_is_told_its_age() -> None:
    ticks = Ticks()
    faults = FaultControl(clock=ticks)
    opened_at = faults.now()
    ticks.seconds += 300
    assert faults.transaction_error(opened_at) is None
    ticks.seconds += 1.5
    error = faults.transaction_error(opened_at)
    assert error is not None
    assert (error.sqlstate, error.message) == ("54000", "transaction age limit of 300s exceeded")
    assert error.fields["D"] == "Current transaction age 301s exceeds 300s"
    faults.change({"transaction-age": 2.5})
    error = faults.transaction_error(opened_at)
    assert error is not None
    assert error.message == "transaction age limit of 2.5s exceeded"
    assert error.fields["D"] == "Current transaction age 301s exceeds 2.5s"


def losers(faults: FaultControl, commits: int = 30) -> list[int]:
    return [number for number in range(commits) if faults.next_commit_conflicts()]


def test_every_nth_commit_loses() -> None:
    faults = FaultControl(Faults(conflict_every=3))
    assert losers(faults, 9) == [2, 5, 8]
    faults.next_commit_conflicts()
    faults.change({"conflict-every": 2})  # counting begins anew
    assert losers(faults, 4) == [1, 3]
    assert losers(FaultControl(Faults(conflict_every=1)), 3) == [0, 1, 2]


def test_a_seed_picks_one_of_each_group_the_same_way_again() -> None:
    seeded = Faults(conflict_every=5, conflict_seed=7)
    first = losers(FaultControl(seeded))
    assert first == losers(FaultControl(seeded))
    assert [number // 5 for number in first] == list(range(6))
    assert first != losers(FaultControl(replace(seeded, conflict_seed=0)))


async def test_latency_is_waited_for() -> None:
    faults = FaultControl(Faults(commit_latency_s=0.05))
    assert faults.is_at_commits
    loop = asyncio.get_running_loop()
    began = loop.time()
    await faults.before_commit()
    assert loop.time() - began >= 0.049


def test_a_change_is_all_or_nothing_and_told() -> None:
    faults = FaultControl(regions=("us-east-1", "us-east-2"))
    told: list[Faults] = []
    stop = faults.watch(lambda: told.append(faults.current))
    faults.change({"unreachable": ["us-east-2"]})
    assert not faults.is_reachable("us-east-2")
    for wrong in ({"commit-latency": 1, "nonsense": 1}, {"commit-latency": 1, "unreachable": ["eu-west-1"]}):
        with pytest.raises(FaultError):
            faults.change(wrong)
    assert faults.current.commit_latency_s == 0
    stop()
    stop()
    faults.change({"unreachable": None})
    assert [sorted(faults.unreachable) for faults in told] == [["us-east-2"]]


def test_regions_are_checked_from_the_start() -> None:
    with pytest.raises(FaultError, match="eu-west-1 cannot become unreachable: this simulator has endpoints in us"):
        FaultControl(Faults(unreachable=frozenset({"eu-west-1"})), ("us-east-1", "us-east-2"))


# --- the door ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def make_door(ticks: Ticks) -> Callable[..., Admission]:
    topology = Topology.multi_region(NOW - timedelta(days=1))

    def make(**faults: float) -> Admission:
        identities = IdentityStore.with_user(AccessKey.generate())
        control = FaultControl(replace(NO_FAULTS, **faults))  # type: ignore[arg-type]  # numbers, as the test says
        return Admission(
            topology.clusters[0], SimulatedControlPlane(topology), identities, control, now=lambda: NOW, clock=ticks
        )

    return make


def entered(door: Admission) -> str:
    """The SQLSTATE of an attempt to come in, and leave at once."""
    try:
        with door.entered():
            return "in"
    except PgError as error:
        return error.sqlstate


def test_connects_come_at_a_rate_once_the_burst_is_spent(make_door: Callable[..., Admission], ticks: Ticks) -> None:
    door = make_door(connect_burst=3, connect_rate=2.0)
    assert [entered(door) for _ in range(5)] == ["in", "in", "in", "53400", "53400"]
    ticks.seconds += 0.5
    assert [entered(door) for _ in range(2)] == ["in", "53400"]
    ticks.seconds += 1000
    assert [entered(door) for _ in range(4)] == ["in", "in", "in", "53400"]


def test_so_many_connections_are_open_at_most(make_door: Callable[..., Admission]) -> None:
    door = make_door(connection_limit=1)
    with door.entered():
        assert entered(door) == "53300"
    assert entered(door) == "in"


async def test_a_session_is_cut_at_its_age_even_when_that_is_shortened_meanwhile() -> None:
    topology, faults = Topology.multi_region(NOW), FaultControl()
    identities = IdentityStore.with_user(AccessKey.generate())
    door = Admission(topology.clusters[0], SimulatedControlPlane(topology), identities, faults, now=lambda: NOW)
    left, cut = asyncio.Event(), asyncio.Event()
    with door.until_too_old(left.set):
        faults.change({"session-age": 0.1})
    with door.until_too_old(cut.set):  # younger than the one that has left
        faults.change({"session-age": 0.2})
        await asyncio.wait_for(cut.wait(), 30)
    assert not left.is_set()
