"""What SET changed in a session and a new connection would not have, as the statements that set it again.

A transaction that is rolled back takes its SETs with it, as in PostgreSQL. What `set_config` sets under a name that is
not written in the query is not seen.
"""

from dsqltui.core.results.outcome import Done, Lost, Outcome, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind, kind_of
from dsqltui.core.sql.classify import classify
from dsqltui.core.sql.utility import SettingClass

_LENGTH_LIMIT = 10_000
"""Characters of the longest statement that is looked at; no SET is longer."""


class SessionSettings:
    """Hears of every statement of one session, in order."""

    def __init__(self) -> None:
        self._set: dict[str, str] = {}
        """Statement by setting, in the order in which they were set."""
        self._before: dict[str, str] | None = None
        """What was set when the open transaction began."""

    @property
    def statements(self) -> tuple[str, ...]:
        """What sets everything again."""
        return tuple(self._set.values())

    def forget(self) -> None:
        """The session is another one."""
        self._set, self._before = {}, None

    def saw(self, sql: str, outcome: Outcome, before: TransactionState, after: TransactionState) -> None:
        """A statement was answered."""
        if self._before is None and after.is_open and not before.is_open:
            self._before = dict(self._set)
        if isinstance(outcome, Done | Rows) and len(sql) <= _LENGTH_LIMIT:
            self._learn(sql)
        if not after.is_open and self._before is not None:
            is_kept = isinstance(outcome, Done) and outcome.tag == "COMMIT" and kind_of(sql) is StatementKind.COMMIT
            if not is_kept and not isinstance(outcome, Lost):  # what was lost with the session is still worth telling
                self._set = self._before
            self._before = None

    def _learn(self, sql: str) -> None:
        lower = sql.lower()
        if "set" not in lower and "discard" not in lower:  # SET, RESET, set_config: most statements have none
            return
        change = classify(sql).setting
        if change is None or change.is_local or change.setting is SettingClass.TRANSACTION:
            return
        if change.setting is SettingClass.ALL:
            self._set.clear()
        else:
            self._set.pop(change.name, None)
            if not change.is_reset:
                self._set[change.name] = sql.strip().rstrip(";").rstrip()
