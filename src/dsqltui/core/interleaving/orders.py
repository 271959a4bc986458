"""Orders of the statements of a few sessions, and the classes of orders that cannot differ.

An order is a tuple of session numbers: (0, 1, 0, 1) lets each send its next statement when its number comes. Two
orders belong to one class when the one becomes the other by exchanging neighbours of which neither notices the other
(a Mazurkiewicz trace). For transactions of the form BEGIN ... COMMIT, k of them have (k!)² classes, however many
statements they have: who begins before whose COMMIT is all that matters.
"""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from dsqltui.core.interleaving.scripts import LETTERS, ScriptStatement, SessionScript, TurnRole

Order = tuple[int, ...]
"""Whose turn it is, one number for each statement."""
ClassKey = tuple[tuple[int, ...], ...]
"""Names a class: for each session's events how many events must come before at the least."""

_MOST_STATES = 40_000
"""Beyond so many, class sizes are not counted."""

_SEEN_BY_ALL = frozenset({TurnRole.BEGIN, TurnRole.END, TurnRole.ALONE, TurnRole.CLOCK})


def count_orders(scripts: Sequence[SessionScript]) -> int:
    """How many orders there are of all statements."""
    lengths = [len(script.statements) for script in scripts]
    count = math.factorial(sum(lengths))
    for length in lengths:
        count //= math.factorial(length)
    return count


def all_orders(scripts: Sequence[SessionScript]) -> Iterator[Order]:
    """Every order of all statements, ascending."""
    left = [len(script.statements) for script in scripts]
    return _arranged(left, [])


def _arranged(left: list[int], so_far: list[int]) -> Iterator[Order]:
    if not any(left):
        yield tuple(so_far)
        return
    for session, count in enumerate(left):
        if count:
            left[session] -= 1
            so_far.append(session)
            yield from _arranged(left, so_far)
            so_far.pop()
            left[session] += 1


def depends(one: ScriptStatement, other: ScriptStatement) -> bool:
    """Whether it can matter which of two statements of different sessions comes first."""
    if one.draws and other.draws:
        return True
    if one.defines or other.defines:
        return True
    if one.role in _SEEN_BY_ALL and other.role in _SEEN_BY_ALL:
        return not (one.role is TurnRole.BEGIN and other.role is TurnRole.BEGIN)
    return False


class OrderClasses:
    """The classes of the orders of some scripts."""

    def __init__(self, scripts: Sequence[SessionScript]) -> None:
        self._scripts = tuple(scripts)
        self._is_event = [
            [self._can_matter(number, statement) for statement in script.statements]
            for number, script in enumerate(scripts)
        ]

    def _can_matter(self, session: int, statement: ScriptStatement) -> bool:
        others = (s for n, script in enumerate(self._scripts) if n != session for s in script.statements)
        return any(depends(statement, other) for other in others)

    def key_of(self, order: Order) -> ClassKey:
        """The class of an order; equal for two orders exactly when they are of one class."""
        places = [0] * len(self._scripts)
        levels: list[list[int]] = [[] for _ in self._scripts]
        past: list[tuple[int, ScriptStatement, int]] = []
        for session in order:
            index = places[session]
            places[session] += 1
            if self._is_event[session][index]:
                statement = self._scripts[session].statements[index]
                level = self._level(session, statement, past)
                levels[session].append(level)
                past.append((session, statement, level))
        return tuple(tuple(found) for found in levels)

    def representatives(self) -> Iterator[Order]:
        """One order of each class: private statements follow the event before them at once."""
        for word in self._words():
            yield self.filled(word)

    def count(self, limit: int) -> int | None:
        """How many classes there are; None when there are more than `limit`."""
        found = sum(1 for _ in islice(self._words(), limit + 1))
        return found if found <= limit else None

    def sizes(self) -> dict[ClassKey, int] | None:
        """How many orders each class has; None when counting would take long."""
        start = (0,) * len(self._scripts)
        nothing: ClassKey = tuple(() for _ in self._scripts)
        reached: dict[tuple[tuple[int, ...], ClassKey], int] = {(start, nothing): 1}
        for _ in range(sum(len(script.statements) for script in self._scripts)):
            following: dict[tuple[tuple[int, ...], ClassKey], int] = {}
            for (places, levels), count in reached.items():
                for state in self._after(places, levels):
                    following[state] = following.get(state, 0) + count
            if len(following) > _MOST_STATES:
                return None
            reached = following
        return {levels: count for (_, levels), count in reached.items()}

    def _after(self, places: tuple[int, ...], levels: ClassKey) -> Iterator[tuple[tuple[int, ...], ClassKey]]:
        for session, script in enumerate(self._scripts):
            index = places[session]
            if index == len(script.statements):
                continue
            moved = (*places[:session], index + 1, *places[session + 1 :])
            if not self._is_event[session][index]:
                yield moved, levels
                continue
            level = self._level(session, script.statements[index], self._past(places, levels))
            yield moved, (*levels[:session], (*levels[session], level), *levels[session + 1 :])

    def _past(self, places: tuple[int, ...], levels: ClassKey) -> Iterator[tuple[int, ScriptStatement, int]]:
        for session, script in enumerate(self._scripts):
            events = (
                statement
                for index, statement in enumerate(script.statements[: places[session]])
                if self._is_event[session][index]
            )
            for statement, level in zip(events, levels[session], strict=True):
                yield session, statement, level

    @staticmethod
    def _level(session: int, statement: ScriptStatement, past: Iterable[tuple[int, ScriptStatement, int]]) -> int:
        before = (level for other, event, level in past if other == session or depends(statement, event))
        return 1 + max(before, default=0)

    def _words(self) -> Iterator[Order]:
        """The events of each class in the order that is the least of the class's, ascending (lexicographic normal
        form: no event may follow one of a higher session that it could as well come before)."""
        events = [
            [statement for statement, matters in zip(script.statements, flags, strict=True) if matters]
            for script, flags in zip(self._scripts, self._is_event, strict=True)
        ]
        return self._extended(events, [0] * len(events), [])

    def _extended(
        self, events: list[list[ScriptStatement]], places: list[int], word: list[tuple[int, ScriptStatement]]
    ) -> Iterator[Order]:
        is_complete = True
        for session, own in enumerate(events):
            if places[session] == len(own):
                continue
            is_complete = False
            statement = own[places[session]]
            if not _may_follow(session, statement, word):
                continue
            places[session] += 1
            word.append((session, statement))
            yield from self._extended(events, places, word)
            word.pop()
            places[session] -= 1
        if is_complete:
            yield tuple(session for session, _ in word)

    @property
    def event_counts(self) -> tuple[int, ...]:
        """How many statements of each session can matter to others."""
        return tuple(sum(flags) for flags in self._is_event)

    def filled(self, word: Order) -> Order:
        """The order of all statements that has its events in the order of `word`."""
        places = [0] * len(self._scripts)
        order: list[int] = []

        def take_private(session: int) -> None:
            flags = self._is_event[session]
            while places[session] < len(flags) and not flags[places[session]]:
                order.append(session)
                places[session] += 1

        for session in range(len(self._scripts)):
            if self._is_event[session][:1] == [False] and not any(self._is_event[session]):
                take_private(session)
        for session in word:
            take_private(session)  # what stands before its first event
            order.append(session)
            places[session] += 1
            take_private(session)
        return tuple(order)


def _may_follow(session: int, statement: ScriptStatement, word: list[tuple[int, ScriptStatement]]) -> bool:
    for other, event in reversed(word):
        if other == session or depends(statement, event):
            return True
        if other > session:
            return False
    return True


def sampled_orders(scripts: Sequence[SessionScript], count: int, seed: int) -> list[Order]:
    """So many different orders, each as likely as any other; the same for the same seed. Fewer when there are fewer."""
    dice = random.Random(seed)
    letters = [n for n, script in enumerate(scripts) for _ in script.statements]
    wanted = min(count, count_orders(scripts))
    found: dict[Order, None] = {}
    for _ in range(wanted * 50):
        dice.shuffle(letters)
        found[tuple(letters)] = None
        if len(found) == wanted:
            break
    return list(found)


def sampled_classes(scripts: Sequence[SessionScript], count: int, seed: int) -> list[Order]:
    """One order of each of so many different classes; the same for the same seed. Fewer when few are met."""
    classes = OrderClasses(scripts)
    dice = random.Random(seed)
    letters = [session for session, number in enumerate(classes.event_counts) for _ in range(number)]
    found: dict[ClassKey, Order] = {}
    for _ in range(count * 20):
        dice.shuffle(letters)
        order = classes.filled(tuple(letters))
        found.setdefault(classes.key_of(order), order)
        if len(found) == count:
            break
    return list(found.values())


def serial_order(scripts: Sequence[SessionScript], sessions: Sequence[int]) -> Order:
    """These sessions one after the other."""
    return tuple(session for session in sessions for _ in scripts[session].statements)


def precedences(scripts: Sequence[SessionScript], order: Order) -> frozenset[tuple[int, int]]:
    """Pairs (a, b) of sessions of which a was through before b began; what only they notice does not count."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    places = [0] * len(scripts)
    for place, session in enumerate(order):
        statement = scripts[session].statements[places[session]]
        places[session] += 1
        if statement.role is not TurnRole.PRIVATE:
            first.setdefault(session, place)
            last[session] = place
    return frozenset((a, b) for a in last for b in first if a != b and last[a] < first[b])


def shown_order(order: Order) -> str:
    """`AABBAB`."""
    return "".join(LETTERS[session] for session in order)
