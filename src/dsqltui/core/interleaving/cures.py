"""The way out of an anomaly: changes of the scripts that may remove it, to be tried one by one.

    FOR UPDATE behind a SELECT      its rows count at COMMIT as if they were written (dsql-facts 3.2)
    a SELECT of the keys before it  for what takes no FOR UPDATE: aggregates, DISTINCT, GROUP BY, subqueries of writes
    a row that both write           where rows are only counted or absent: FOR UPDATE cannot flag what does not exist

Both sides are offered first: that a change on one side only is enough was not verified on AWS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from dsqltui.core.interleaving.findings import Findings
from dsqltui.core.interleaving.judging import OrderVerdict
from dsqltui.core.interleaving.scripts import LETTERS, ScriptStatement, SessionScript, TurnRole
from dsqltui.core.language import _, ngettext
from dsqltui.core.sql.classify import StatementKind, classify, said_words
from dsqltui.core.sql.lexer import Kind, scan
from dsqltui.core.sql.touches import touches_of

MOST_CURES = 12
"""Changes that are tried; further ones are not."""
GUARD = "guard"
GUARD_SETUP = (
    f"CREATE TABLE {GUARD} (id int PRIMARY KEY, turn bigint NOT NULL)",
    f"INSERT INTO {GUARD} VALUES (1, 0)",
)
GUARD_STATEMENT = f"UPDATE {GUARD} SET turn = turn + 1 WHERE id = 1"
_NO_LOCKS = frozenset(
    {"distinct", "group", "having", "union", "intersect", "except", "window", "over", "with", "values"}
)
_AGGREGATES = frozenset("count sum avg min max array_agg string_agg bool_and bool_or every json_agg jsonb_agg".split())


@dataclass(frozen=True, slots=True)
class ScriptChange:
    """One change of one session's script."""

    session: int
    number: int
    """Of the statement that is changed, or before which another is put; from 1."""
    sql: str
    """The statement as it becomes, or the one that is put before it."""
    is_before: bool
    what: str
    """`FOR UPDATE on A's line 2`."""
    needs_guard: bool = False
    is_whole_table: bool = False
    """Whether it flags every row of a table."""


@dataclass(frozen=True, slots=True)
class Cure:
    """Changes that are made together."""

    changes: tuple[ScriptChange, ...]
    is_one_sided: bool = False

    @property
    def title(self) -> str:
        """`FOR UPDATE on A's line 2 and B's line 2`."""
        if self.changes[0].needs_guard:
            return _("a row that all of them write, right after BEGIN")
        first, *rest = [change.what for change in self.changes]
        prefix = _("FOR UPDATE on ")
        shown = [text.removeprefix(prefix) if first.startswith(prefix) else text for text in rest]
        return _(" and ").join([first, *shown])

    @property
    def flags_known_rows(self) -> bool:
        """Whether it flags rows that a WHERE names, and not all of a table."""
        return not any(change.needs_guard or change.is_whole_table for change in self.changes)

    @property
    def lines(self) -> tuple[str, ...]:
        """What is written where: `A, before line 2: SELECT ...`, `B, line 2: SELECT ... FOR UPDATE`."""
        return tuple(
            _("{letters}, {value}line {number}: {split}").format(
                letters=LETTERS[c.session],
                value=_("before ") if c.is_before else "",
                number=c.number,
                split=" ".join(c.sql.split()),
            )
            for c in self.changes
        )

    @property
    def needs_guard(self) -> bool:
        """Whether a table has to be made for it."""
        return any(change.needs_guard for change in self.changes)

    def applied(self, scripts: Sequence[SessionScript]) -> tuple[SessionScript, ...]:
        """The scripts with the changes."""
        made = [list(script.statements) for script in scripts]
        for change in sorted(self.changes, key=lambda c: -c.number):
            own = made[change.session]
            before = own[change.number - 1]
            changed = ScriptStatement(change.sql, StatementKind.WRITE, TurnRole.PRIVATE, name=before.name)
            if change.is_before:
                own.insert(change.number - 1, changed)
            else:
                own[change.number - 1] = replace(before, sql=change.sql, kind=StatementKind.WRITE)
        return tuple(replace(script, statements=tuple(own)) for script, own in zip(scripts, made, strict=True))


@dataclass(frozen=True, slots=True)
class TriedCure:
    """What a cure does, and what it costs."""

    cure: Cure
    findings: Findings

    @property
    def works(self) -> bool:
        """Whether no order comes to an anomaly, a stale state or an odd error any more."""
        bad = (OrderVerdict.ANOMALY, OrderVerdict.STALE, OrderVerdict.OTHER_ERROR, OrderVerdict.UNKNOWN)
        return self.findings.is_complete and not any(one.judgement.verdict in bad for one in self.findings.judged)

    @property
    def sentence(self) -> str:
        """`FOR UPDATE on A's line 2 and B's line 2: 0 anomalies, 2 of 4 orders lose one`."""
        found = self.findings
        anomalies = ngettext("{count} anomaly", "{count} anomalies", found.anomalies).format(count=found.anomalies)
        text = _("{title}: {anomalies}, {lost} of {count} orders lose one").format(
            title=self.cure.title, anomalies=anomalies, lost=found.lost, count=len(found.judged)
        )
        if not self.works and not found.anomalies:
            text += _(", and an error comes that no serial order gives")
        return text + (_(" (one side only: not verified on AWS)") if self.cure.is_one_sided else "")


def cures_for(scripts: Sequence[SessionScript], keys: Mapping[str, Sequence[str]]) -> tuple[Cure, ...]:
    """What may help, what is worth trying first first; `keys` are the key columns of tables, by the name in the SQL."""
    changes = [_changes_of(number, script, keys) for number, script in enumerate(scripts)]
    sides = [own for own in changes if own]
    found: list[Cure] = []
    if len(sides) == len(scripts) or len(sides) >= 2:
        found += [Cure(chosen) for chosen in sorted(product(*sides), key=_unlikeness)][: MOST_CURES // 2]
        everything = tuple(change for own in sides for change in own)
        if any(len(own) > 1 for own in sides):
            found.append(Cure(_one_for_each_place(everything)))
    found += [Cure((change,), is_one_sided=True) for own in changes for change in own]
    guards = tuple(change for number, script in enumerate(scripts) if (change := _guard_of(number, script)) is not None)
    found = found[: MOST_CURES - 1]
    if len(guards) == len(scripts):
        found.append(Cure(guards))
    return tuple(found)


def ranked(tried: Sequence[TriedCure]) -> tuple[TriedCure, ...]:
    """What removes the anomaly first, both sides before one, the cheaper before the dearer, fewer changes first."""
    return tuple(
        sorted(
            tried,
            key=lambda one: (
                not one.works,
                one.cure.is_one_sided,
                one.cure.needs_guard,
                one.findings.anomalies,
                one.findings.lost,
                len(one.cure.changes),
            ),
        )
    )


def advice_on(tried: Sequence[TriedCure]) -> str:
    """A sentence where FOR UPDATE does not help; empty where it does."""
    flags = [one for one in tried if one.works and not one.cure.needs_guard and not one.cure.is_one_sided]
    if any(one.cure.flags_known_rows for one in flags):
        return ""
    if flags:
        return _(
            "Flagging all rows of a table helps only while it has rows that both flag: FOR UPDATE "
            "cannot flag rows that do not exist yet. A row that both write helps always."
        )
    return _(
        "FOR UPDATE on the rows that are read does not remove it: it cannot flag rows that do "
        "not exist yet. Let the transactions write a row in common, or give the new rows a key "
        "that must collide."
    )


def _changes_of(session: int, script: SessionScript, keys: Mapping[str, Sequence[str]]) -> list[ScriptChange]:
    found = []
    letter = LETTERS[session]
    for number, statement in enumerate(script.statements, 1):
        found_out = classify(statement.sql)
        touched = touches_of(statement.sql)
        tables = touched.reads
        if statement.role is not TurnRole.PRIVATE or found_out.is_ddl or found_out.row_flag is not None or not tables:
            continue
        on = _("FOR UPDATE on {letter}'s line {number}").format(letter=letter, number=number)
        if found_out.only_reads and _takes_lock(statement.sql):
            found.append(ScriptChange(session, number, f"{statement.sql} FOR UPDATE", False, on))
            continue
        where = f" WHERE {touched.where}" if touched.where and not touched.is_guess and found_out.only_reads else ""
        for table in dict.fromkeys(tables):
            columns = ", ".join(keys.get(table, ())) or "1"
            sql = f"SELECT {columns} FROM {table}{where} FOR UPDATE"
            rows = _("{table}'s rows").format(table=table) if where else _("all of {table}").format(table=table)
            found.append(
                ScriptChange(
                    session,
                    number,
                    sql,
                    True,
                    _("FOR UPDATE on {rows} before {letter}'s line {number}").format(
                        rows=rows, letter=letter, number=number
                    ),
                )
            )
    return found


def _guard_of(session: int, script: SessionScript) -> ScriptChange | None:
    begin = next((n for n, s in enumerate(script.statements, 1) if s.role is TurnRole.BEGIN), None)
    if begin is None or begin == len(script.statements):
        return None
    what = _("{guard_statement} after {letters}'s BEGIN").format(
        guard_statement=GUARD_STATEMENT, letters=LETTERS[session]
    )
    return ScriptChange(session, begin + 1, GUARD_STATEMENT, True, what, needs_guard=True)


def _takes_lock(sql: str) -> bool:
    """Whether a SELECT may have FOR UPDATE behind it: not with DISTINCT, GROUP BY, aggregates, UNION."""
    tokens = [token for token in scan(sql)[0] if token.kind is not Kind.COMMENT]
    words = said_words(tokens)
    if words[:1] != ["select"] or words.count("select") > 1 or not _NO_LOCKS.isdisjoint(words):
        return False
    return _AGGREGATES.isdisjoint(call.rpartition(".")[2] for call in classify(sql).calls)


def _unlikeness(changes: tuple[ScriptChange, ...]) -> tuple[int, int]:
    """Changes of the same kind at the same place come first: scripts are often alike."""
    return len({change.is_before for change in changes}), max(c.number for c in changes) - min(
        c.number for c in changes
    )


def _one_for_each_place(changes: tuple[ScriptChange, ...]) -> tuple[ScriptChange, ...]:
    return tuple({(change.session, change.number, change.sql): change for change in changes}.values())
