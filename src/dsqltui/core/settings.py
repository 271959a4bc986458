"""Every setting of the console, in one table: type, default, description, unit, bounds.

A new setting is one line in the dataclass of its section. The template, `dsqltui config show`, the documentation and
the checks are made from it. Values come to their users as attributes: `services.settings.console.rows`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dsqltui.core.setting import named_sections, section, setting


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """[console]"""

    rows: int = setting(1000, "Fetched at once; PgDn fetches more.", unit="rows", at_least=1, at_most=100_000)
    mouse: bool = setting(True, "Take mouse clicks; false leaves the mouse, and its text selection, to the terminal.")


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """[editor]"""


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """[guards]"""

    writes_need_transaction: bool = setting(False, "Refuse to send a statement that writes outside a transaction.")
    destructive_asks: bool = setting(False, "Ask before DELETE or UPDATE without WHERE, TRUNCATE and DROP.")
    read_only: bool = setting(False, "Run everything in READ ONLY transactions: the server refuses what writes.")
    commit_asks: bool = setting(False, "Ask before COMMIT, with the number of rows it changes.")


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """[session]"""

    renew: bool = setting(True, "Replace an idle session by a new one before the 60 minutes it may live are over.")
    journal: bool = setting(True, "Write what both panes do to a file of each run; only you can read it.")
    journal_files: int = setting(50, "Kept of those; the oldest goes first.", unit="files", at_least=1, at_most=10_000)


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """[history]"""


@dataclass(frozen=True, slots=True)
class ResultSettings:
    """[results]"""


@dataclass(frozen=True, slots=True)
class LabSettings:
    """[lab]"""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """[connections.NAME]"""


@dataclass(frozen=True, slots=True)
class RoleSettings:
    """[roles.NAME]"""


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them; `Settings()` is what holds without a file."""

    console: ConsoleSettings = section(ConsoleSettings, "The console as a whole.")
    editor: EditorSettings = section(EditorSettings, "The two SQL editors.")
    guards: GuardSettings = section(GuardSettings, "What asks before it runs.")
    session: SessionSettings = section(SessionSettings, "The connections of the panes and the record of what they do.")
    history: HistorySettings = section(HistorySettings, "What was run, in a file of this machine.")
    results: ResultSettings = section(ResultSettings, "The results.")
    lab: LabSettings = section(LabSettings, "The labs.")
    connections: Mapping[str, ConnectionSettings] = named_sections(ConnectionSettings, "Clusters by a name of yours.")
    roles: Mapping[str, RoleSettings] = named_sections(RoleSettings, "Roles by a name of yours.")
