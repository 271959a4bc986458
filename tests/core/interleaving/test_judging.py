"""The judge against the model of snapshot isolation, on random scripts: who loses, what is serialisable, what is not."""

import os
import random
from itertools import permutations

import pytest

from dsqltui.core.interleaving.comparing import ComparedRun, Comparer, OrderRun, is_ordered
from dsqltui.core.interleaving.judging import Judge, OrderVerdict, serials_needed
from dsqltui.core.interleaving.orders import Order, OrderClasses, all_orders, count_orders, precedences, sampled_orders
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Refused, Rows
from support.servers.interleaving_model import CHECK, Steps, model_run, scripts_of, serial_run, transaction
from support.servers.snapshot_model import CONFLICT, Contents, SnapshotModel, Step, Verb

ORDERS = int(os.environ.get("JUDGED_ORDERS", "20000"))
SEED = int(os.environ.get("MODEL_SEED", "20261129"))
START: Contents = {1: 10, 2: 20}
VERBS = (Verb.READ, Verb.INSERT, Verb.UPDATE, Verb.UPDATE, Verb.UPDATE_ALL, Verb.DELETE, Verb.FOR_UPDATE, Verb.UPSERT)


Said = tuple[OrderVerdict, tuple[int, ...], str, str]


class Case:
    """Scripts with their serial runs."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.scripts = scripts_of(steps)
        self.comparer = Comparer([[s.sql for s in script.statements] for script in self.scripts], [CHECK])
        self.serials = {
            serial: self.comparer.compared(serial_run(steps, serial, START)) for serial in serials_needed(len(steps))
        }
        self.judge = Judge(self.scripts, self.serials)
        self.raw_serials = {s: raw(steps, tuple(n for n in s for _ in steps[n])) for s in serials_needed(len(steps))}

    @property
    def shown(self) -> str:
        return " | ".join("; ".join(step.sql("t") for step in own) for own in self.steps)

    def judged(self, order: Order) -> "tuple[Said, ComparedRun]":
        run = self.comparer.compared(model_run(self.steps, order, START))
        found = self.judge.judge(order, run)
        return (found.verdict, found.losers, found.wrong, found.name), run


def random_steps(dice: random.Random) -> list[list[Step]]:
    """Two or three scripts: transactions, some that roll back, some without BEGIN."""
    made = []
    for session in range(dice.choice((2, 2, 3))):
        inner = [
            Step(session, dice.choice(VERBS), dice.choice((1, 2, 3)), dice.choice((1, 2, 3)), dice.randrange(5))
            for _ in range(dice.randint(1, 3))
        ]
        if dice.random() < 0.85:
            last = Verb.COMMIT if dice.random() < 0.9 else Verb.ROLLBACK
            inner = [Step(session, Verb.BEGIN), *inner, Step(session, last)]
        made.append(inner)
    return made


def by_hand(case: Case, order: Order) -> tuple[OrderVerdict, tuple[int, ...]]:
    """The verdict, worked out from the model's raw answers without the explorer's forms."""
    answers, final = raw(case.steps, order)
    losers = tuple(n for n, own in enumerate(answers) if CONFLICT in [says for says, _ in own])
    rest = [n for n in range(len(answers)) if n not in losers]
    before = precedences(case.scripts, order)
    is_stale = False
    for serial in permutations(rest):
        alone, then = case.raw_serials[serial]
        if then != final or any(alone[n] != answers[n] for n in rest):
            continue
        if all(serial.index(a) < serial.index(b) for a, b in before if a in serial and b in serial):
            if not losers:
                return OrderVerdict.SERIALISABLE, losers
            return OrderVerdict.LOSES if rest else OrderVerdict.ALL_LOST, losers
        is_stale = True
    if is_stale:
        return OrderVerdict.STALE, losers
    for session in rest:
        for place, (says, _) in enumerate(answers[session]):
            if says in ("23505", "25P02"):
                given = {case.raw_serials[serial][0][session][place][0] for serial in permutations(rest)}
                if says not in given:
                    return OrderVerdict.OTHER_ERROR, losers
    return OrderVerdict.ANOMALY, losers


def raw(steps: Steps, order: Order) -> tuple[list[list[tuple[str, object]]], Contents]:
    model = SnapshotModel(START)
    answers: list[list[tuple[str, object]]] = [[] for _ in steps]
    for session in order:
        said = model.run(steps[session][len(answers[session])])
        answers[session].append((said.says, said.rows))
    return answers, model.contents


def check_random_orders(count: int) -> dict[OrderVerdict, int]:
    """Judge so many random orders of random scripts; how often each verdict was given."""
    dice = random.Random(SEED)
    found: dict[OrderVerdict, int] = dict.fromkeys(OrderVerdict, 0)
    judged = 0
    while judged < count:
        case = Case(random_steps(dice))
        classes = OrderClasses(case.scripts)
        of_class: dict[object, object] = {}
        for order in sampled_orders(case.scripts, min(60, count_orders(case.scripts)), dice.randrange(10**6)):
            said, run = case.judged(order)
            assert said[:2] == by_hand(case, order), f"{case.shown} {order}: {said}"
            assert of_class.setdefault(classes.key_of(order), (said, run)) == (said, run), (
                f"{case.shown} {order}: class"
            )
            found[said[0]] += 1
            judged += 1
    return found


def test_random_orders_agree_with_the_model() -> None:
    found = check_random_orders(ORDERS)
    assert sum(found.values()) >= ORDERS
    assert found[OrderVerdict.STALE] == found[OrderVerdict.UNKNOWN] == 0
    for verdict in (OrderVerdict.SERIALISABLE, OrderVerdict.LOSES, OrderVerdict.ANOMALY):
        assert found[verdict] > ORDERS // 100, found


def verdicts(steps: Steps) -> dict[Said, int]:
    """How many orders of all come to what."""
    case = Case(steps)
    found: dict[Said, int] = {}
    for order in all_orders(case.scripts):
        said, _ = case.judged(order)
        found[said] = found.get(said, 0) + 1
    return found


def test_write_skew_and_its_cure_as_the_prototype_counted_them() -> None:
    skew = [transaction(n, (Verb.READ, 0, 0), (Verb.READ, 0, 0), (Verb.UPDATE, n + 1, 0)) for n in (0, 1)]
    assert verdicts(skew) == {
        (OrderVerdict.ANOMALY, (), "reads", "write skew"): 250,
        (OrderVerdict.SERIALISABLE, (), "", ""): 2,
    }
    cured = [transaction(n, (Verb.FOR_UPDATE_ALL, 0, 0), (Verb.READ, 0, 0), (Verb.UPDATE, n + 1, 0)) for n in (0, 1)]
    assert verdicts(cured) == {
        (OrderVerdict.LOSES, (0,), "", ""): 125,
        (OrderVerdict.LOSES, (1,), "", ""): 125,
        (OrderVerdict.SERIALISABLE, (), "", ""): 2,
    }


def test_one_row_is_lost_by_the_second_and_a_reader_never_loses() -> None:
    both = [transaction(n, (Verb.READ, 0, 0), (Verb.UPDATE, 1, n)) for n in (0, 1)]
    assert {key[:2]: count for key, count in verdicts(both).items()} == {
        (OrderVerdict.LOSES, (0,)): 34,
        (OrderVerdict.LOSES, (1,)): 34,
        (OrderVerdict.SERIALISABLE, ()): 2,
    }
    reader = transaction(0, (Verb.READ, 0, 0), (Verb.READ, 0, 0))
    transfer = transaction(1, (Verb.UPDATE, 1, 5), (Verb.UPDATE, 2, 25))
    assert verdicts([reader, transfer]) == {(OrderVerdict.SERIALISABLE, (), "", ""): 70}


def run_of(*answers: tuple[object, ...], final: str = "1") -> OrderRun:
    return OrderRun((), tuple(answers), (Rows((Column("v", 23),), ((final,),), "SELECT 1", False, 0.0),))  # type: ignore[arg-type]


def test_stale_and_other_errors() -> None:
    steps = [transaction(0, (Verb.UPDATE, 1, 5)), transaction(1, (Verb.READ, 0, 0))]
    case = Case(steps)
    in_turn = (0, 0, 0, 1, 1, 1)
    early = case.comparer.compared(serial_run(steps, (1, 0), START))
    assert case.judge.judge(in_turn, early).verdict is OrderVerdict.STALE
    good = model_run(steps, in_turn, START)
    odd = (
        good.outcomes[0],
        (good.outcomes[1][0], Refused(ServerError("54000", "too much"), 0.0), Done("ROLLBACK", 0.0)),
    )
    said = case.judge.judge(in_turn, case.comparer.compared(OrderRun(in_turn, odd, good.final)))
    assert (said.verdict, said.name) == (OrderVerdict.OTHER_ERROR, "54000")


def test_values_that_are_new_in_every_run_are_numbered() -> None:
    columns = (Column("id", 2950), Column("at", 1184), Column("v", 23))
    comparer = Comparer([["SELECT id, at, v FROM t"]], [], texts=["INSERT 00000000-0000-0000-0000-000000000001"])

    def compared(*rows: tuple[str | None, ...]) -> object:
        return comparer.compared(OrderRun((), ((Rows(columns, rows, "SELECT 2", False, 0.0),),)))

    one, other = "aaaaaaaa-0000-0000-0000-000000000000", "bbbbbbbb-0000-0000-0000-000000000000"
    known = "00000000-0000-0000-0000-000000000001"
    assert compared((one, "2026-11-29 10:00:00.5+00", "1"), (other, None, "2")) == compared(
        (one, None, "2"), (other, "2026-11-29 11:00:00.25+00", "1")
    )
    assert compared((one, None, "1"), (one, None, "2")) != compared((one, None, "1"), (other, None, "2"))
    assert compared((known, None, "1")) != compared((one, None, "1"))
    assert compared((one, "2026-01-01 00:00:00+00", "1")) != compared((one, "2026-01-02 00:00:00+00", "1"))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM t", False),
        ("SELECT * FROM t ORDER BY k", True),
        ("SELECT * FROM (SELECT 1 ORDER BY 1) x", False),
        ("SELECT rank() OVER (ORDER BY k) FROM t", False),
    ],
)
def test_rows_are_a_multiset_unless_they_are_ordered(sql: str, expected: bool) -> None:
    assert is_ordered(sql) is expected


@pytest.mark.long
@pytest.mark.timeout(600)
def test_many_random_orders_agree_with_the_model() -> None:
    check_random_orders(200_000)
