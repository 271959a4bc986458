"""Explores a case: yardsticks first, then the orders, each judged; on several copies of the data if wanted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from dsqltui.core.interleaving.comparing import ComparedRun, Comparer, OrderRun
from dsqltui.core.interleaving.findings import Coverage, Findings, JudgedOrder, judged_with_odd_ones
from dsqltui.core.interleaving.judging import Judge, Serial, notes_of, serials_needed
from dsqltui.core.interleaving.orders import (
    Order,
    OrderClasses,
    all_orders,
    count_orders,
    sampled_classes,
    sampled_orders,
    serial_order,
)
from dsqltui.core.interleaving.scripts import LETTERS, SessionScript
from dsqltui.core.interleaving.spec import InterleavingSpec
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Lost, Refused, Rows
from dsqltui.runner.interleaving.ground import CaseGround, PreparedGround, SessionOpener, drawing
from dsqltui.runner.interleaving.trouble import CannotExplore

T = TypeVar("T")

_MANY_ORDERS, _MANY_COPIES = 60, 4
"""Above so many orders, copies of the data pay: sessions wait for answers most of the time, and each copy takes about a
tenth of a second to make."""

LIMIT = 2_000
"""Orders that are run at the most; of more, a sample."""


@dataclass(frozen=True, slots=True)
class ExploreOptions:
    """How a case is to be explored."""

    is_all: bool = False
    """Every order of all statements instead of one of each class."""
    is_listed: bool = False
    """Only the orders that the file names."""
    is_retrying: bool = False
    limit: int = LIMIT
    seed: int = 1
    copies: int = 0
    """Copies of the data, each with its own sessions, that are worked on at the same time; 0: several where there are
    many orders. Only a case with a schema of its own can have more than one."""
    has_own_schema: bool = False
    """Whether the case gets a schema of its own, which is dropped in the end."""


@dataclass(frozen=True, slots=True)
class ExplorationPlan:
    """The orders to be run."""

    coverage: Coverage
    orders: tuple[tuple[str, Order], ...]
    """With what a file calls them."""
    order_count: int
    class_count: int | None
    seed: int | None = None


class Explorer:
    """One case on sessions of its own. `prepare` first, `close` at the end."""

    def __init__(self, opener: SessionOpener, spec: InterleavingSpec, options: ExploreOptions) -> None:
        self.spec = spec
        """As it is explored: statements know of sequences once it is prepared."""
        self.options = options
        self.is_stopping = False
        """Set to end after the orders that are under way; what is done is kept."""
        copies = options.copies if options.has_own_schema else 1
        if not copies:
            copies = _MANY_COPIES if len(plan_of(spec, spec.sessions, options).orders) > _MANY_ORDERS else 1
        self._grounds = [CaseGround(opener, spec, has_own_schema=options.has_own_schema) for _unused in range(copies)]
        self._prepared: PreparedGround | None = None

    async def prepare(self) -> None:
        """Connect and set the case up; with fewer copies where there is no room for all. Raises ConnectFailed,
        CannotExplore."""
        first, *more = self._grounds
        self._prepared = await first.prepare()
        for number, ground in enumerate(more, 1):
            try:
                await ground.prepare()
            except CannotExplore:  # a database has ten schemas at the most
                for unused in self._grounds[number:]:
                    await unused.close()
                del self._grounds[number:]
                break
        self.spec = drawing(self.spec, self._prepared.tables.drawing_tables)

    async def close(self) -> None:
        """Put the data back, drop what was made, end the sessions."""
        for ground in self._grounds:
            await ground.close()

    @property
    def reset_texts(self) -> tuple[str, ...]:
        """What brings the data back, once it is prepared."""
        return self._grounds[0].reset_texts

    async def restore(self) -> None:
        """Put the data back as they were."""
        for ground in self._grounds:
            await ground.restore()

    async def keys_of(self, tables: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The key columns of tables, by the names in the scripts; empty where there is no key."""
        return {table: await self._grounds[0].key_of(table) for table in tables}

    async def make_guard(self) -> None:
        """Make the table whose one row all transactions write. Raises CannotExplore."""
        for ground in self._grounds:
            await ground.make_guard()

    async def explore(
        self, on_progress: Callable[[int, int], object], *, scripts: Sequence[SessionScript] | None = None
    ) -> Findings:
        """Run and judge the orders; `scripts` in place of the case's own. `on_progress` hears how many of how many are
        done. Raises ConnectFailed, CannotExplore."""
        assert self._prepared is not None, "prepare first"
        started = time.monotonic()
        own = tuple(scripts or self.spec.sessions)
        plan = plan_of(
            self.spec,
            own,
            self.options
            if scripts is None
            else replace(self.options, is_all=False, is_listed=False, is_retrying=False),
        )
        work = _Work(self, own, self._prepared, self._grounds)
        wanted = list(serials_needed(len(own)))
        total = len(wanted) + len(plan.orders)
        await work.run_serials(wanted, lambda done: on_progress(done, total))
        judged: list[JudgedOrder] = []
        if not self.is_stopping:
            judged = await work.run_orders(plan, lambda done: on_progress(len(wanted) + done, total))
        notes = (
            *self.spec.notes,
            *self._prepared.notes,
            *notes_of(own, has_foreign_keys=self._prepared.tables.has_foreign_keys),
            *work.notes(),
        )
        return Findings(
            self.spec,
            own,
            plan.coverage,
            plan.order_count,
            plan.class_count,
            len(plan.orders),
            judged_with_odd_ones(judged),
            work.serial_runs,
            work.classes.sizes() if plan.coverage is Coverage.CLASSES and len(own) <= 3 else None,
            plan.seed,
            self.options.is_retrying,
            time.monotonic() - started,
            self._prepared.check,
            notes,
        )


def plan_of(spec: InterleavingSpec, scripts: Sequence[SessionScript], options: ExploreOptions) -> ExplorationPlan:
    """The orders to be run, at most the limit of them."""
    count = count_orders(scripts)
    classes = OrderClasses(scripts)
    if options.is_listed:
        own = [(one.name, one.order) for one in spec.listed if _is_of(one.sessions, scripts)]
        return ExplorationPlan(Coverage.LISTED, tuple(own[: options.limit]), count, None)
    class_count = classes.count(options.limit)
    if options.is_all and count <= options.limit:
        return ExplorationPlan(Coverage.ALL, tuple(("", order) for order in all_orders(scripts)), count, class_count)
    if not options.is_all and class_count is not None:
        found = tuple(("", order) for order in islice(classes.representatives(), options.limit))
        return ExplorationPlan(Coverage.CLASSES, found, count, class_count)
    sample = sampled_orders if options.is_all else sampled_classes
    orders = tuple(("", order) for order in sample(scripts, options.limit, options.seed))
    return ExplorationPlan(Coverage.SAMPLE, orders, count, class_count, options.seed)


def _is_of(listed: Sequence[SessionScript], scripts: Sequence[SessionScript]) -> bool:
    return [[s.sql for s in one.statements] for one in listed] == [[s.sql for s in own.statements] for own in scripts]


class _Work:
    """The runs of one exploration."""

    def __init__(
        self,
        explorer: Explorer,
        scripts: tuple[SessionScript, ...],
        prepared: PreparedGround,
        grounds: list[CaseGround],
    ) -> None:
        self._explorer = explorer
        self._scripts = scripts
        self._grounds = grounds
        self._comparer = Comparer(
            [[statement.sql for statement in script.statements] for script in scripts],
            prepared.check,
            ignored=(*explorer.spec.ignored, *prepared.tables.drawn_columns, "nextval"),
            texts=prepared.texts,
        )
        self.classes = OrderClasses(scripts)
        self.serial_runs: dict[Serial, OrderRun] = {}
        self._compared: dict[Serial, ComparedRun] = {}

    async def run_serials(self, wanted: Sequence[Serial], on_progress: Callable[[int], object]) -> None:
        async def one(ground: CaseGround, serial: Serial) -> None:
            run = await ground.run(self._scripts, serial_order(self._scripts, serial))
            self.serial_runs[serial] = run
            self._compared[serial] = self._comparer.compared(run)
            on_progress(len(self.serial_runs))

        await self._shared_out(wanted, one)

    async def run_orders(self, plan: ExplorationPlan, on_progress: Callable[[int], object]) -> list[JudgedOrder]:
        judge = Judge(self._scripts, self._compared)
        found: dict[int, JudgedOrder] = {}
        is_retrying = self._explorer.options.is_retrying

        async def one(ground: CaseGround, item: tuple[int, tuple[str, Order]]) -> None:
            number, (name, order) = item
            run = await ground.run(self._scripts, order, is_retrying=is_retrying)
            compared = self._comparer.compared(run)
            judgement = judge.judge(order, compared, retried=run.retried)
            in_the_end = judge.is_serial_in_the_end(compared) if is_retrying else None
            found[number] = JudgedOrder(
                order, self.classes.key_of(order), judgement, run, compared, is_serial_after_retry=in_the_end, name=name
            )
            on_progress(len(found))

        await self._shared_out(list(enumerate(plan.orders)), one)
        return [found[number] for number in sorted(found)]

    def notes(self) -> list[str]:
        """What the runs of each script alone tell."""
        found = []
        for number, letter in enumerate(LETTERS[: len(self._scripts)]):
            run = self.serial_runs.get((number,))
            for place, outcome in enumerate(run.outcomes[number] if run is not None else (), 1):
                if isinstance(outcome, Refused):
                    said = f"{outcome.error.message} ({outcome.error.sqlstate})"
                    found.append(
                        _("{letter} alone is refused at its statement {place}: {said}.").format(
                            letter=letter, place=place, said=said
                        )
                    )
                    break
                if isinstance(outcome, Lost):
                    found.append(
                        _("{letter} alone lost its connection at its statement {place}: {reason}.").format(
                            letter=letter, place=place, reason=outcome.reason
                        )
                    )
                    break
                if isinstance(outcome, Rows) and outcome.has_more:
                    found.append(
                        _("{letter}'s statement {place} gives more than {count:,} rows; the first count.").format(
                            letter=letter, place=place, count=len(outcome.rows)
                        )
                    )
        return found

    async def _shared_out(self, items: Sequence[T], one: Callable[[CaseGround, T], Awaitable[None]]) -> None:
        """Have the grounds take the items in turn, until they are done or it is to stop."""
        waiting = iter(items)

        async def worker(ground: CaseGround) -> None:
            for item in waiting:
                if self._explorer.is_stopping:
                    return
                await one(ground, item)

        await asyncio.gather(*(worker(ground) for ground in self._grounds))
