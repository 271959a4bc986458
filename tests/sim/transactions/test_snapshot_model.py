"""Random interleavings of sessions on both endpoints against a model of snapshot isolation.

The "hot" generator matters most: few keys, inserted and deleted again and again, find what evenly spread data hide.
MODEL_STEPS and MODEL_SEED change its length and its dice.
"""

import os
import random
from collections import deque

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.conftest import BehindTheScenes, Connect
from support.servers.forms import Client, Form
from support.servers.snapshot_model import Contents, SnapshotModel, Step, Verb

STEPS = int(os.environ.get("MODEL_STEPS", "4000"))
SEED = int(os.environ.get("MODEL_SEED", "20261123"))
LONGEST_S = max(120, STEPS // 20)
"""What a run may take, on a machine that others use too."""
SESSIONS = 3
KEYS = (1, 2, 3)
FORMS = tuple(Form)
START: Contents = {1: 10, 2: 20}

_WEIGHTS = {
    Verb.BEGIN: 5,
    Verb.COMMIT: 4,
    Verb.ROLLBACK: 1,
    Verb.READ: 3,
    Verb.READ_BESIDE_CATALOG: 2,
    Verb.INSERT: 4,
    Verb.INSERT_BY_WITH: 1,
    Verb.UPSERT: 1,
    Verb.UPDATE: 3,
    Verb.UPDATE_ALL: 1,
    Verb.MOVE: 1,
    Verb.DELETE: 4,
    Verb.FOR_UPDATE: 2,
    Verb.FOR_UPDATE_ALL: 1,
}


class Arena:
    """The sessions, their table, and the model beside them."""

    def __init__(self, sessions: list[Client], schema: str) -> None:
        self._sessions = sessions
        self._names = ("model", f"{schema}.model")
        self.steps = 0
        self._last: deque[str] = deque(maxlen=60)
        sessions[0].expect(f"CREATE TABLE {schema}.model (k int PRIMARY KEY, v int)", "CREATE TABLE")
        self.model = SnapshotModel({})
        self.reset()

    def reset(self) -> None:
        """End what is open and begin with the same contents."""
        for session in self._sessions:
            session.run("ROLLBACK")
        assert self._sessions[0].run("DELETE FROM model WHERE k < 1000").sqlstate is None
        for key, value in START.items():
            self._sessions[0].expect(f"INSERT INTO model VALUES ({key}, {value})", "INSERT 0 1")
        self.model = SnapshotModel(START)
        self._last.clear()

    def take(self, step: Step, form: Form, *, qualified: bool) -> None:
        """Take a step in the simulator and in the model, and compare."""
        sql = step.sql(self._names[qualified])
        session = self._sessions[step.session]
        expected = self.model.run(step)
        answer = session.run(sql, form=form)
        self.steps += 1
        self._last.append(f"{'ABC'[step.session]} {form.value:8} {sql}  -- {answer.says} {answer.rows or ''}")
        assert (answer.says, answer.rows) == (expected.says, expected.rows), self.story(
            f"expected {expected}: {answer}"
        )
        if answer.sqlstate == "40001":
            assert "(OC000)" in answer.message, answer
        if self.model.is_open(step.session):
            assert session.status in ("INTRANS", "INERROR"), self.story(session.status)
        else:
            assert session.status == "IDLE", self.story(session.status)

    def compare_contents(self) -> None:
        """What everybody sees who begins now."""
        for session, client in enumerate(self._sessions):
            if self.model.is_open(session):
                continue
            found = {int(k or ""): int(v or "") for k, v in client.rows("SELECT k, v FROM model")}
            assert found == self.model.contents, self.story(f"expected {self.model.contents}")

    def story(self, why: str) -> str:
        return "\n".join([why, "the last steps:", *self._last])


@pytest.fixture
def arena(connect: Connect, schema: str) -> Arena:
    sessions = [connect(number % 2) for number in range(SESSIONS)]
    for session in sessions:
        session.expect(f"SET search_path TO {schema}", "SET")
    return Arena(sessions, schema)


@pytest.mark.timeout(LONGEST_S)
def test_hot_keys(arena: Arena) -> None:
    run_hot(arena, STEPS)


@pytest.mark.timeout(LONGEST_S)
def test_hot_keys_in_a_large_table(arena: Arena, behind: BehindTheScenes, schema: str) -> None:
    """What a transaction costs there, and what it sees, is the same."""
    large = behind.connection
    large.execute(f"INSERT INTO {schema}.model SELECT n, 0 FROM generate_series(1000, 160000) n")
    arena.reset()
    large.execute(f"DELETE FROM {schema}.model WHERE k >= 1000")
    run_hot(arena, STEPS // 4)


def run_hot(arena: Arena, count: int) -> None:
    """Take so many random steps on few keys."""
    dice = random.Random(SEED)
    verbs, weights = tuple(_WEIGHTS), tuple(_WEIGHTS.values())
    for number in range(count):
        session = dice.randrange(SESSIONS)
        (verb,) = dice.choices(verbs, weights)
        if verb in (Verb.COMMIT, Verb.ROLLBACK) and not arena.model.is_open(session):
            verb = Verb.BEGIN
        step = Step(session, verb, dice.choice(KEYS), dice.choice(KEYS), dice.randrange(100))
        arena.take(step, dice.choice(FORMS), qualified=dice.random() < 0.3)
        if number % 50 == 0:
            arena.compare_contents()
    arena.compare_contents()
    assert arena.steps == count


steps = st.builds(
    Step,
    session=st.integers(0, SESSIONS - 1),
    verb=st.sampled_from(Verb),
    key=st.sampled_from(KEYS),
    other=st.sampled_from(KEYS),
    value=st.integers(0, 3),
)


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=st.lists(st.tuples(steps, st.sampled_from(FORMS), st.booleans()), max_size=40))
def test_any_interleaving(arena: Arena, script: list[tuple[Step, Form, bool]]) -> None:
    arena.reset()
    for step, form, qualified in script:
        arena.take(step, form, qualified=qualified)
    for session in range(SESSIONS):
        arena.take(Step(session, Verb.COMMIT), Form.SIMPLE, qualified=False)
    arena.compare_contents()
