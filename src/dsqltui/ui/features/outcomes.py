"""Shows in each pane what its queue tells: outcomes, pages, scripts, answers of commands, the connection."""

import time
from collections.abc import Mapping
from pathlib import PurePath

from dsqltui.core.language import _, counted, ngettext
from dsqltui.core.results.outcome import Refused
from dsqltui.core.scripts.statement import Statement
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.runner.events import (
    CommandReached,
    CommandTold,
    ConnectionChanged,
    PageArrived,
    ScriptFinished,
    StatementFinished,
    WorkDropped,
)
from dsqltui.runner.jobs import FetchPage
from dsqltui.ui.extension.feature import Feature, Reaction
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.results.drags_cells import COPY_LIMIT
from dsqltui.ui.state.messages import MoreRequested, ValueCopied
from dsqltui.ui.state.sync_mode import SyncMode
from dsqltui.ui.words import report as reports
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity

_LOG_CHARACTERS = 60
"""What is no longer than this and no failure is told in the log alone while rows are shown."""


class Outcomes(Feature):
    """From the queues to the panes; asks for the next page when the person pages past the last row."""

    def reactions(self) -> Mapping[type[object], Reaction]:
        """Facts of the queues, requests of the grids."""
        return {
            ConnectionChanged: self._link_changed,
            StatementFinished: self._statement_finished,
            PageArrived: self._page_arrived,
            ScriptFinished: self._script_finished,
            WorkDropped: self._work_dropped,
            CommandTold: self._command_told,
            CommandReached: self._command_reached,
            MoreRequested: self._more_requested,
            ValueCopied: self._value_copied,
        }

    def _link_changed(self, message: ConnectionChanged) -> None:
        pane = self.console.sides[message.letter].pane
        sentence = str(message.failure) if message.failure else ""
        pane.show_link(message.link, sentence)
        pane.show_state(message.state)
        if message.link is ConnectionStatus.CONNECTED:
            pane.add_line(Severity.QUIET, _("connected"))
            lost = pane.report.report
            if "reconnect" in lost.offers:  # what was lost stays readable, and is over
                pane.show_report(reports.of_reconnecting(lost))
        elif message.failure is not None:
            pane.add_line(Severity.LOST, _("NOT CONNECTED  {sentence}").format(sentence=one_line(sentence)))
            pane.show_report(reports.of_failed_connect(sentence, message.failure))

    def _statement_finished(self, message: StatementFinished) -> None:
        side = self.console.sides[message.letter]
        side.told_s = time.monotonic()
        if message.is_followed:
            side.pane.log_outcome(
                message.outcome,
                message.statement.text or message.sent,
                message.fate,
                message.progress,
                script=message.script,
                progress=message.progress,
            )
            return
        side.pane.show_state(message.state)
        watched = _("watch {count}")
        is_again = message.progress.startswith(watched.partition("{")[0]) and message.progress != watched.format(
            count=1
        )
        side.pane.show_outcome(
            message.outcome,
            message.statement.text,
            message.fate,
            message.progress,
            sent=message.sent,
            held=message.held,
            is_again=is_again,
            about=message,
            script=message.script,
            progress=message.progress,
            comment=message.statement.comment,
        )
        if message.is_from_editor and isinstance(message.outcome, Refused):
            self._mark_error(side, message.statement, message.outcome)

    def _page_arrived(self, message: PageArrived) -> None:
        pane = self.console.sides[message.letter].pane
        pane.show_state(message.state)
        pane.add_page(message.page, message.held)

    def _script_finished(self, message: ScriptFinished) -> None:
        pane = self.console.sides[message.letter].pane
        if message.script is not None:
            pane.end_script(message.script, has_failed=bool(message.trouble))
        if not message.path:
            return
        name, count = one_line(PurePath(message.path).name, 40), counted(message.statement_count, "statement")
        if not message.trouble:
            is_open = self.console.sides[message.letter].queue.state.is_open
            pane.add_line(
                Severity.PENDING if is_open else Severity.GOOD, _("{name}: {count} run").format(name=name, count=count)
            )
        elif message.statement_count:
            pane.add_line(
                Severity.FAILED,
                _("{name}: {trouble}, {count} run").format(name=name, trouble=one_line(message.trouble), count=count),
            )
        else:
            pane.add_line(Severity.FAILED, one_line(message.trouble))
            pane.show_report(Report(Severity.FAILED, _("SCRIPT NOT RUN"), message=one_line(message.trouble)))

    def _work_dropped(self, message: WorkDropped) -> None:
        text = ngettext(
            "{count:,} statement behind it was not sent",
            "{count:,} statements behind it were not sent",
            message.statements,
        ).format(count=message.statements)
        self.console.sides[message.letter].pane.add_line(Severity.LOST, text)
        self.console.tell(_("Pane {letter}: {text}.").format(letter=message.letter, text=text))

    def _command_told(self, message: CommandTold) -> None:
        pane = self.console.sides[message.letter].pane
        tone = Severity.FAILED if message.is_failure else Severity.QUIET
        pane.show_state(message.state)
        pane.add_line(tone, one_line(message.text.partition("\n")[0]))
        is_logged = pane.result is not None and len(message.text) <= _LOG_CHARACTERS and "\n" not in message.text
        if message.is_failure or not (message.is_within_script or is_logged):
            title = _("NOT DONE") if message.is_failure else _("Told")
            pane.show_report(Report(tone, title, message=many_lines(message.text, 20_000)))

    def _command_reached(self, message: CommandReached) -> None:
        from dsqltui.core.psql import Quit, ShowConflicts, ShowCost, SwitchRole
        from dsqltui.ui.words.command_answers import answer

        side = self.console.sides[message.letter]
        if isinstance(message.command, Quit):
            self.console.do("quit")
            return
        if isinstance(message.command, SwitchRole | ShowConflicts | ShowCost):
            return  # a feature's
        report = answer(message.command, message.letter, side.setup.endpoint, side.user, message.state)
        side.pane.show_report(report, about=message)
        if report.tone is Severity.FAILED:
            side.pane.add_line(Severity.FAILED, report.message)

    def _mark_error(self, side: PaneState, statement: Statement, refused: Refused) -> None:
        """Show the server's position in the editor, if the statement still stands there."""
        editor = side.pane.editor
        position = refused.error.position
        stands_there = editor.text[statement.start : statement.start + len(statement.text)] == statement.text
        if position is None or not stands_there:
            return
        offset = statement.start + min(max(position - 1, 0), len(statement.text))
        editor.mark_error(offset)
        may_move = side is self.console.active or self.console.sync_mode is not SyncMode.MIRROR
        if may_move and side.queue.waiting_count == 0 and side.parked_at == editor.cursor_offset:
            editor.go_to(offset)

    def _more_requested(self, _message: MoreRequested) -> None:
        side = self.console.active
        result = side.pane.result
        if result is None or result.held is None or not result.is_held:
            self.console.tell(_("That is the last row."))
        elif side.queue.running is None and not side.queue.has_page_on_its_way():
            side.queue.put(FetchPage(result.held))

    def _value_copied(self, message: ValueCopied) -> None:
        if message.is_too_long:
            self.console.tell(
                _("Too long for a terminal's clipboard (over {copy_limit:,} characters); e exports to a file.").format(
                    copy_limit=COPY_LIMIT
                )
            )
        else:
            self.console.tell(_("{characters} copied.").format(characters=counted(message.length, "character")))
