"""Whether what an order gave is what some serial order gives.

The yardstick are runs in which the sessions, or some of them, come one after the other. Rows, tags and errors of every
statement and the final state are compared. Strictly serialisable is asked for: who was through before another began
comes first. What equals a serial order only without that condition is stale, which must not happen on Aurora DSQL:
a commit is seen on both endpoints at once (dsql-facts 3.2).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import permutations

from dsqltui.core.interleaving.comparing import Compared, ComparedRun
from dsqltui.core.interleaving.orders import Order, precedences
from dsqltui.core.interleaving.scripts import LETTERS, SessionScript, TurnRole, written_tables
from dsqltui.core.language import N_, _, ngettext
from dsqltui.core.sql.touches import same_relation

Serial = tuple[int, ...]
"""Sessions one after the other; those that are not in it take no part."""


class OrderVerdict(IntEnum):
    """What an order came to; the worst first."""

    STALE = 0
    ANOMALY = 1
    OTHER_ERROR = 2
    """An error that no serial order gives, other than 40001."""
    UNKNOWN = 3
    """A connection was lost: what became of its transaction is not known."""
    ALL_LOST = 4
    LOSES = 5
    SERIALISABLE = 6

    @property
    def word(self) -> str:
        """`anomaly`, `all-lost`: in JSON and in expectations."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an order came to, and why."""

    verdict: OrderVerdict
    losers: tuple[int, ...] = ()
    """Sessions that got 40001."""
    wrong: str = ""
    """Of an anomaly: `data` when no serial order ends in this state, `reads` when only what was read is wrong."""
    name: str = ""
    """What the anomaly is called, where that is known; the SQLSTATE of another error."""
    serial: Serial = ()
    """A serial order that gives the same, of those that did not lose."""

    @property
    def sentence(self) -> str:
        """One line."""
        lost = _named(self.losers)
        match self.verdict:
            case OrderVerdict.SERIALISABLE:
                return _("serialisable: the same as {in_turn}").format(in_turn=_in_turn(self.serial))
            case OrderVerdict.LOSES:
                rest = (
                    _("; the rest is the same as {in_turn}").format(in_turn=_in_turn(self.serial))
                    if len(self.serial) > 1
                    else ""
                )
                return ngettext("{lost} loses (40001){rest}", "{lost} lose (40001){rest}", len(self.losers)).format(
                    lost=lost, rest=rest
                )
            case OrderVerdict.ALL_LOST:
                return _("all lost (40001): repeat")
            case OrderVerdict.STALE:
                return _("stale: the same as {in_turn}, though one was through before another began").format(
                    in_turn=_in_turn(self.serial)
                )
            case OrderVerdict.UNKNOWN:
                return _("unknown: a connection was lost on the way")
            case OrderVerdict.OTHER_ERROR:
                return _("error {name} that no serial order gives").format(name=self.name)
            case OrderVerdict.ANOMALY:
                what = _("wrong data") if self.wrong == "data" else _("only wrong reads")
                also = _("; {lost} lost").format(lost=lost) if self.losers else ""
                return _("anomaly{value}: {what}, as in no serial order{also}").format(
                    value=f" ({_(self.name)})" if self.name else "", what=what, also=also
                )


def serials_needed(count: int) -> Iterator[Serial]:
    """Every serial order of every choice of `count` sessions, none at all first."""
    for size in range(count + 1):
        yield from permutations(range(count), size)


class Judge:
    """Judges the orders of one case by its serial runs."""

    def __init__(self, scripts: Sequence[SessionScript], serials: Mapping[Serial, ComparedRun]) -> None:
        """`serials` holds those of `serials_needed`, at least all with every session."""
        self._scripts = tuple(scripts)
        self._serials = serials

    def judge(self, order: Order, run: ComparedRun, *, retried: tuple[int, ...] = ()) -> Judgement:
        """What the order came to; `retried` lost and ran again when the order was through, `run` has their last run."""
        found = self._judged(order, run, retried)
        if retried and found.verdict is OrderVerdict.SERIALISABLE:
            return replace(found, verdict=OrderVerdict.LOSES, losers=retried)
        return found

    def _judged(self, order: Order, run: ComparedRun, retried: tuple[int, ...]) -> Judgement:
        losers = tuple(n for n, own in enumerate(run.sessions) if any(_is_conflict(answer) for answer in own))
        if any(answer[0] == "lost" for own in run.sessions for answer in own):
            return Judgement(OrderVerdict.UNKNOWN, losers)
        others = tuple(n for n in range(len(self._scripts)) if n not in losers)
        found = self._same_serials(others, run)
        before = frozenset(pair for pair in precedences(self._scripts, order) if pair[0] not in retried)
        strict = next((serial for serial in found if _keeps(serial, before)), None)
        if strict is not None:
            if not losers:
                return Judgement(OrderVerdict.SERIALISABLE, serial=strict)
            verdict = OrderVerdict.LOSES if others else OrderVerdict.ALL_LOST
            return Judgement(verdict, losers, serial=strict)
        if found:
            return Judgement(OrderVerdict.STALE, losers, serial=found[0])
        error = self._odd_error(others, run)
        if error:
            return Judgement(OrderVerdict.OTHER_ERROR, losers, name=error)
        finals = {self._serials[serial].final for serial in permutations(others)}
        wrong = "reads" if run.final and run.final in finals else "data"
        if not run.final:
            wrong = "reads"
        return Judgement(OrderVerdict.ANOMALY, losers, wrong, self._name(others, run))

    def is_serial_in_the_end(self, run: ComparedRun) -> bool:
        """Whether everybody came through and it equals a serial order of all, whoever began first."""
        everybody = tuple(range(len(self._scripts)))
        return bool(self._same_serials(everybody, run))

    def _same_serials(self, sessions: tuple[int, ...], run: ComparedRun) -> list[Serial]:
        return [
            serial
            for serial in permutations(sessions)
            if (known := self._serials.get(serial)) is not None
            and known.final == run.final
            and all(known.sessions[n] == run.sessions[n] for n in sessions)
        ]

    def _odd_error(self, others: tuple[int, ...], run: ComparedRun) -> str:
        for session in others:
            for place, answer in enumerate(run.sessions[session]):
                if answer[0] != "refused":
                    continue
                known = [self._serials[serial].sessions[session] for serial in permutations(others)]
                if all(place >= len(own) or own[place] != answer for own in known):
                    return str(answer[1])
        return ""

    def _name(self, others: tuple[int, ...], run: ComparedRun) -> str:
        scripts = [self._scripts[n] for n in others]
        if any(script.has_autocommit for script in scripts):
            writers = [set(written_tables([script])) for script in scripts]
            shared = any(
                same_relation(a, b)
                for i, one in enumerate(writers)
                for other in writers[i + 1 :]
                for a in one
                for b in other
            )
            return N_("lost update between autocommit statements") if shared else ""
        for reader in others:
            rest = tuple(n for n in others if n != reader)
            if len(rest) > 1 and self._scripts[reader].only_reads and self._same_serials(rest, run):
                return N_("read-only anomaly")
        if all(script.unit_count == 1 for script in scripts):
            return N_("write skew")
        return ""


def _is_conflict(answer: Compared) -> bool:
    return answer[0] == "refused" and answer[1] == "40001"


def _keeps(serial: Serial, before: frozenset[tuple[int, int]]) -> bool:
    place = {session: at for at, session in enumerate(serial)}
    return all(place[a] < place[b] for a, b in before if a in place and b in place)


def _named(sessions: Sequence[int]) -> str:
    letters = [LETTERS[n] for n in sessions]
    return (
        letters[0]
        if len(letters) == 1
        else ", ".join(letters[:-1]) + _(" and {letters}").format(letters=letters[-1])
        if letters
        else ""
    )


def _in_turn(serial: Serial) -> str:
    return _(", then ").join(LETTERS[n] for n in serial) or _("nobody")


def notes_of(scripts: Sequence[SessionScript], *, has_foreign_keys: bool) -> tuple[str, ...]:
    """What weighs on the verdicts of these scripts: one sentence each."""
    notes = []
    for letter, script in zip(LETTERS, scripts, strict=False):
        if script.unit_count > 1:
            notes.append(
                _("{letter} is {unit_count} transactions; they are judged as one unit.").format(
                    letter=letter, unit_count=script.unit_count
                )
            )
        if script.only_flags:
            notes.append(
                _(
                    "{letter} only flags rows (FOR UPDATE) and changes none: whether such a transaction can "
                    "lose on Aurora DSQL was not verified."
                ).format(letter=letter)
            )
        if script.is_left_open:
            notes.append(
                _("{letter} does not end its transaction; it is rolled back after its last statement.").format(
                    letter=letter
                )
            )
        if any(s.role is TurnRole.CLOCK for s in script.statements):
            notes.append(
                _("{letter} asks for the time of day within its transaction; the times are not compared.").format(
                    letter=letter
                )
            )
    if has_foreign_keys:
        notes.append(_("Foreign keys take part: their checks follow the guide and one recording of a cluster."))
    return tuple(notes)
