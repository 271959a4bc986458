"""A script as a pane keeps it: what each of its statements gave, in the order in which they ran."""

from dataclasses import dataclass, field

from dsqltui.core.language import _
from dsqltui.runner.events import ScriptIdentity
from dsqltui.ui.state.result import PaneResult
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity

MOST_LINES = 10_000
"""Statements of a script that are listed; the first ones give way."""
_AT_ONCE = 1_000
_MOST_REPORTS = 100
"""Errors of a script that are kept in full."""
_TITLE, _TEXT = 200, 4_000
"""Characters of a statement that are listed, and shown when asked for."""


@dataclass(slots=True, eq=False)
class ScriptLine:
    """One statement. Texts may hold anything; they are made safe where they are painted."""

    number: int
    """From 1."""
    text: str
    tone: Severity
    said: str
    """How it went, and how long it took."""
    result: PaneResult | None = None
    """Its rows, while they are kept."""
    report: Report | None = None
    """Its error in full."""

    @property
    def title(self) -> str:
        """On one line, cut."""
        return " ".join(self.text[:_TITLE].split())


@dataclass(slots=True, eq=False)
class ScriptResult:
    """One tab of a pane."""

    run: ScriptIdentity
    lines: list[ScriptLine] = field(default_factory=list)
    count: int = 0
    """Statements that were run; those that gave way among them."""
    total: int | None = None
    """How many it has; None while that is not known."""
    is_over: bool = False
    has_failed: bool = False
    """Whether one of its statements failed, or it ended early."""
    with_rows: list[ScriptLine] = field(default_factory=list)
    """The lines whose rows are kept, oldest first."""
    _reports: int = 0

    @property
    def name(self) -> str:
        """What the tab is called; may be text of a file."""
        return self.run.name or _("script")

    @property
    def results(self) -> list[PaneResult]:
        """The rows that are kept, oldest first."""
        return [line.result for line in self.with_rows if line.result is not None]

    def add(self, text: str, tone: Severity, said: str, *, progress: str = "") -> ScriptLine:
        """What the next statement gave; `progress` is its number, as in `3/12`."""
        self.count += 1
        whole = progress.partition("/")[2]
        self.total = int(whole) if whole.isdigit() else self.run.total
        line = ScriptLine(self.count, text[:_TEXT], tone, said)
        self.lines.append(line)
        if len(self.lines) > MOST_LINES + _AT_ONCE:
            del self.lines[:_AT_ONCE]
        return line

    def failed(self, line: ScriptLine, report: Report) -> None:
        """Keep the error of a line."""
        self.has_failed = True
        self._reports += 1
        if self._reports <= _MOST_REPORTS:
            line.report = report

    @property
    def wordings(self) -> tuple[str, ...]:
        """How far it came, longest first."""
        if self.total is None:
            return (_("{count:,} statements").format(count=self.count), f"{self.count:,}")
        return (
            _("{count:,} of {total:,} statements").format(count=self.count, total=self.total),
            f"{self.count:,}/{self.total:,}",
        )
