"""F5, Shift+F5, F6: what goes to which pane, after the questions it raises."""

from collections.abc import Callable, Mapping
from functools import partial

from dsqltui.core.statement import Statement, StatementKind
from dsqltui.runner.jobs import RunStatements
from dsqltui.ui.choice import Choice, choose, choose_all
from dsqltui.ui.dialogs.confirm import ConfirmBoth
from dsqltui.ui.dialogs.confirm_pasted import ConfirmPasted
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.feature import Deed, Feature
from dsqltui.ui.sync_mode import SyncMode


class Running(Feature):
    """Chooses statements by the one lexer; never looks at what they may do: that is the server's word."""

    def deeds(self) -> Mapping[str, Deed]:
        """Run."""
        return {"run": self._run, "run_all": self._run_all, "run_both": self._run_both_asked}

    def _run(self) -> None:
        """Run the selection or the statement under the cursor, in this pane or as the sync mode says."""
        self._run_asked(self._chosen(), in_both=self.console.sync_mode is SyncMode.BOTH)

    def _run_all(self) -> None:
        """Run the whole editor, in this pane or as the sync mode says."""
        chosen = choose_all(self.console.active.pane.editor.text)
        self._run_asked(chosen, in_both=self.console.sync_mode is SyncMode.BOTH)

    def _run_both_asked(self) -> None:
        """Run the same text in both panes."""
        self._run_asked(self._chosen(), in_both=True)

    def _run_asked(self, chosen: Choice, *, in_both: bool) -> None:
        """Run it, after the questions it raises: where it came from, and whether it may change both Regions."""
        run = partial(self._run_both if in_both else self._run_here, chosen)
        editor = self.console.active.pane.editor
        if not chosen.statements:
            self.console.tell("Nothing to run: the editor has no statement here.")
        elif editor.came_with_a_paste:
            self.console.tell("Not run: the key came together with a paste. Press it again to run.")
        elif editor.has_control_signs:
            self._run_if(ConfirmPasted(), partial(self._run_pasted, chosen, in_both=in_both))
        elif in_both and self._must_ask(chosen):
            self._run_if(ConfirmBoth(chosen.statements), run)
        else:
            run()

    def _must_ask(self, chosen: Choice) -> bool:
        """Whether it may change both Regions, and the person wants to be asked then."""
        asks = self.console.services.settings.guards.both_asks
        return asks and any(map(_may_write, chosen.statements))

    def _run_pasted(self, chosen: Choice, *, in_both: bool) -> None:
        self.console.active.pane.editor.has_control_signs = False
        self._run_asked(chosen, in_both=in_both)

    def _run_if(self, question: Question, run: Callable[[], None]) -> None:
        def answered(is_yes: bool | None) -> None:
            if is_yes:
                run()

        self.console.ask(question, answered)

    def _chosen(self) -> Choice:
        editor = self.console.active.pane.editor
        return choose(editor.text, editor.selected_range, editor.cursor_offset)

    def _run_here(self, chosen: Choice) -> None:
        self.console.submit(self.console.active, RunStatements(chosen.statements))
        self._leave_marks(chosen)

    def _run_both(self, chosen: Choice) -> None:
        is_mirror = self.console.sync_mode is SyncMode.MIRROR
        for side in self.console.sides.values():
            holds_it = side is self.console.active or is_mirror
            self.console.submit(side, RunStatements(chosen.statements, is_from_editor=holds_it))
        self._leave_marks(chosen)
        if is_mirror:
            self.console.other.pane.editor.mark_ran(chosen.range)

    def _leave_marks(self, chosen: Choice) -> None:
        """Show in the editor what was sent, and step to the next statement at once: a burst of F5 runs several."""
        side = self.console.active
        editor = side.pane.editor
        editor.mark_ran(chosen.range)
        if chosen.next_start is not None:
            editor.go_to(chosen.next_start)
        side.parked_at = None if editor.selected_range else editor.cursor_offset


def _may_write(statement: Statement) -> bool:
    if statement.kind is not StatementKind.COMMAND:
        return statement.kind in (StatementKind.WRITE, StatementKind.DDL)
    from dsqltui.core.commands import parse_command  # all commands: not needed at the start
    from dsqltui.core.commands.effects import may_write

    return may_write(parse_command(statement.text))
