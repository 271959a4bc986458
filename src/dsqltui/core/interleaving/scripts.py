"""What each session sends, and which of its statements others can notice.

On Aurora DSQL a transaction works on a private snapshot taken at BEGIN and is checked at COMMIT (dsql-facts 3.2, 11.1).
Between the two, its statements are nobody else's business: only these are events to others:

    BEGIN            takes the snapshot
    COMMIT, ROLLBACK
    a statement outside of a transaction, which is a transaction of its own
    nextval and setval, which look past snapshots; clock_timestamp()
    DDL; and when a session has DDL, every statement of the others, which may meet OC001
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.language import _
from dsqltui.core.scripts.statement import Statement, split
from dsqltui.core.sql.classify import Classified, StatementKind, classify
from dsqltui.core.sql.touches import same_relation, touches_of

LETTERS = "ABCD"
"""What the sessions are called; there are two to four."""

_SEQUENCE_CALLS = frozenset({"nextval", "setval", "currval", "lastval"})
_CLOCK_CALLS = frozenset({"clock_timestamp", "timeofday"})


class TurnRole(Enum):
    """What a statement is to the other sessions."""

    PRIVATE = "private"
    BEGIN = "begin"
    END = "end"
    """COMMIT or ROLLBACK of an open transaction."""
    ALONE = "alone"
    """Outside of a transaction."""
    CLOCK = "clock"
    """Asks for the time of day within a transaction."""


@dataclass(frozen=True, slots=True)
class ScriptStatement:
    """One statement of a session."""

    sql: str
    """As it is sent."""
    kind: StatementKind
    role: TurnRole
    draws: bool = False
    """Whether it takes a number of a sequence."""
    defines: bool = False
    """Whether others can meet a new schema after it: the end of a transaction with DDL, or DDL alone."""
    name: str = ""
    """What a spec calls the step; empty elsewhere."""

    @property
    def is_control(self) -> bool:
        """Whether it begins or ends a transaction."""
        return self.role in (TurnRole.BEGIN, TurnRole.END)


@dataclass(frozen=True, slots=True)
class SessionScript:
    """All that one session sends in an order."""

    name: str
    statements: tuple[ScriptStatement, ...]

    @property
    def has_autocommit(self) -> bool:
        """Whether a statement stands outside of a transaction and touches data: the script is judged as one unit."""
        return any(s.role is TurnRole.ALONE for s in self.statements)

    @property
    def unit_count(self) -> int:
        """Transactions, those of single statements included."""
        return sum(s.role in (TurnRole.BEGIN, TurnRole.ALONE) for s in self.statements)

    @property
    def only_reads(self) -> bool:
        """Whether nothing in it writes, as far as its words tell; flagging rows counts as writing."""
        return all(s.is_control or s.kind in (StatementKind.READ, StatementKind.OTHER) for s in self.statements)

    @property
    def only_flags(self) -> bool:
        """Whether it flags rows with FOR UPDATE or FOR KEY SHARE and changes none."""
        found = [classify(s.sql) for s in self.statements]
        return any(c.row_flag is not None for c in found) and not any(c.changes_rows or c.is_ddl for c in found)

    @property
    def is_left_open(self) -> bool:
        """Whether a transaction has not ended when the script has: it is rolled back then."""
        begins = [s.role for s in self.statements if s.is_control]
        return bool(begins) and begins[-1] is TurnRole.BEGIN


class NotAScript(Exception):
    """The text cannot be run as one session's script; the message is one sentence."""


def script_of(name: str, text: str, *, drawing_tables: Iterable[str] = ()) -> SessionScript:
    """A session's script from its text; `drawing_tables` have a column that a sequence fills. Raises NotAScript."""
    return script_of_statements(name, split(text), drawing_tables=drawing_tables)


def script_of_statements(
    name: str, statements: Sequence[Statement], *, names: Sequence[str] = (), drawing_tables: Iterable[str] = ()
) -> SessionScript:
    """The same of statements that were cut already; `names` are the steps' names, one for each. Raises NotAScript."""
    tables = tuple(drawing_tables)
    made: list[ScriptStatement] = []
    is_open, has_ddl = False, False
    for number, statement in enumerate(statements):
        if statement.is_block or statement.kind is StatementKind.COMMAND or statement.ending:
            raise NotAScript(
                _("Session {name} has a backslash command ({beginning}); write SQL statements only.").format(
                    name=name, beginning=_beginning(statement.text)
                )
            )
        if statement.copy_data is not None:
            raise NotAScript(_("Session {name} has a COPY FROM STDIN; write an INSERT instead.").format(name=name))
        found = classify(statement.text)
        begins = found.kind is StatementKind.BEGIN and not is_open
        ends = is_open and found.kind in (StatementKind.COMMIT, StatementKind.ROLLBACK)
        if begins:
            role, has_ddl = TurnRole.BEGIN, False
        elif ends:
            role = TurnRole.END
        elif is_open:
            role = TurnRole.CLOCK if _CLOCK_CALLS & _last_names(found) else TurnRole.PRIVATE
            has_ddl = has_ddl or found.is_ddl
        else:
            role = TurnRole.PRIVATE if _is_of_session(found) else TurnRole.ALONE
        defines = (role is TurnRole.ALONE and found.is_ddl) or (role is TurnRole.END and has_ddl)
        draws = bool(_SEQUENCE_CALLS & _last_names(found)) or _fills_drawing_table(statement.text, found, tables)
        step = names[number] if number < len(names) else ""
        made.append(ScriptStatement(statement.text, found.kind, role, draws, defines, step))
        is_open = begins or (is_open and not ends) or (ends and found.chains)
    if not made:
        raise NotAScript(_("Session {name} has no statement.").format(name=name))
    return SessionScript(name, tuple(made))


def written_tables(scripts: Iterable[SessionScript]) -> tuple[str, ...]:
    """Tables that the scripts change, as far as their words tell, each once, in order of appearance."""
    found: dict[str, None] = {}
    for script in scripts:
        for statement in script.statements:
            touched = touches_of(statement.sql)
            if touched.writes and not touched.locks and not touched.is_ddl:
                found.update(dict.fromkeys(touched.writes))
    return tuple(found)


def touched_tables(scripts: Iterable[SessionScript]) -> tuple[str, ...]:
    """Tables that the scripts read or change."""
    every = (touches_of(statement.sql).all for script in scripts for statement in script.statements)
    return tuple(dict.fromkeys(name for names in every for name in names))


def _is_of_session(found: Classified) -> bool:
    """SET and the like: nobody else notices."""
    return found.setting is not None and found.kind is StatementKind.OTHER


def _last_names(found: Classified) -> set[str]:
    return {call.rpartition(".")[2] for call in found.calls}


def _fills_drawing_table(sql: str, found: Classified, tables: tuple[str, ...]) -> bool:
    if not tables or not found.changes_rows:
        return False
    return any(same_relation(written, table) for written in touches_of(sql).writes for table in tables)


def _beginning(text: str) -> str:
    shown = " ".join(text[:80].split())
    return shown if len(shown) <= 30 else shown[:29] + "…"
