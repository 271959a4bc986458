"""F5, Shift+F5, F6: what goes to which pane, after the questions it raises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from textual.widgets import TextArea

from dsqltui.core.answers.fate import Fate
from dsqltui.core.language import _
from dsqltui.core.scripts.run_target import AlreadyRun
from dsqltui.core.scripts.statement import Statement, StatementKind, iterate
from dsqltui.core.sql.classify import Writes, classify
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.events import StatementFinished, WorkDropped
from dsqltui.runner.jobs import RunStatements
from dsqltui.ui.dialogs.confirm import ConfirmBoth
from dsqltui.ui.dialogs.confirm_pasted import ConfirmPasted
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.state.choice import Choice, choose, choose_all
from dsqltui.ui.state.sync_mode import SyncMode


@dataclass(slots=True)
class _Ran:
    """What was last run from an editor, if it may write."""

    spent: AlreadyRun
    letters: set[str] = field(default_factory=set)
    """The panes in which it ran, or is going to; where it was refused, it may run again."""


class Running(Feature):
    """Chooses statements by the one lexer; what they may do is the server's word.

    One thing is asked of their words: what may write does not run again by the same key from behind it.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._ran: dict[str, _Ran] = {}
        """By the editor's letter."""

    def reactions(self) -> Mapping[type[object], Reaction]:
        """What was certainly not done may run again."""
        return {
            StatementFinished: self._finished,
            WorkDropped: lambda message: self._did_not_run(message.letter),
            TextArea.Changed: self._text_changed,
        }

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Run."""
        return {
            "run": self._run,
            "run_all": self._run_all,
            "run_both": self._run_both_asked,
            "send_across": self._send_across,
        }

    def _run(self) -> None:
        """Run the selection or the statement under the cursor, in this pane or as the sync mode says."""
        in_both = self.console.sync_mode is SyncMode.BOTH
        chosen = self._chosen(in_both=in_both)
        left_out = self._is_left_out_above(chosen)
        self._run_asked(chosen, in_both=in_both)
        if left_out:
            self.console.tell(
                _("{key} ran {command} alone; {all_key} runs everything here.").format(
                    key=key_of("run"), command=one_line(chosen.statements[0].text, 24), all_key=key_of("run_all")
                )
            )

    def _is_left_out_above(self, chosen: Choice) -> bool:
        """Whether it is a backslash command below another one that was not run: people type two and run once."""
        editor = self.console.active.pane.editor
        if len(chosen.statements) != 1 or chosen.statements[0].kind is not StatementKind.COMMAND:
            return False
        before = None
        for statement in iterate(editor.text):
            if statement.start >= chosen.range[0]:
                break
            before = statement
        if before is None or before.kind is not StatementKind.COMMAND:
            return False
        return editor.ran_range != (before.start, before.end)

    def _run_all(self) -> None:
        """Run the whole editor, in this pane or as the sync mode says."""
        chosen = choose_all(self.console.active.pane.editor.text)
        self._run_asked(chosen, in_both=self.console.sync_mode is SyncMode.BOTH)

    def _run_both_asked(self) -> None:
        """Run the same text in both panes."""
        self._run_asked(self._chosen(in_both=True), in_both=True)

    def _run_asked(self, chosen: Choice, *, in_both: bool) -> None:
        """Run it, after the questions it raises: where it came from, and whether it may change both Regions."""
        run = partial(self._run_both if in_both else self._run_here, chosen)
        editor = self.console.active.pane.editor
        if chosen.is_spent:
            self.console.tell(
                _("Not run again: the statement above just ran and may write. Press ↑ first to run it again.")
            )
        elif not chosen.statements:
            self.console.tell(_("No statement at the cursor."))
        elif editor.came_with_a_paste:
            self.console.tell(_("Not run: the key came with a paste. Press it again to run."))
        elif editor.has_control_signs:
            self._run_if(ConfirmPasted(), partial(self._run_pasted, chosen, in_both=in_both))
        elif in_both and self._must_ask(chosen):
            self._run_if(ConfirmBoth(chosen.statements), run)
        else:
            run()

    def _must_ask(self, chosen: Choice) -> bool:
        """Whether it may change both Regions, and the person wants to be asked then."""
        asks = self.console.services.settings.guards.both_asks
        return asks and any(map(_is_asked_about, chosen.statements))

    def _run_pasted(self, chosen: Choice, *, in_both: bool) -> None:
        self.console.active.pane.editor.has_control_signs = False
        self._run_asked(chosen, in_both=in_both)

    def _run_if(self, question: Question, run: Callable[[], None]) -> None:
        def answered(is_yes: bool | None) -> None:
            if is_yes:
                run()

        self.console.ask(question, answered)

    def _chosen(self, *, in_both: bool) -> Choice:
        editor = self.console.active.pane.editor
        ran = self._ran.get(self.console.active.letter)
        letters = set(self.console.sides) if in_both else {self.console.active.letter}
        spent = ran.spent if ran is not None and ran.letters & letters else None
        return choose(editor.text, editor.selected_range, editor.cursor_offset, spent)

    def _run_here(self, chosen: Choice) -> None:
        side = self.console.active
        went_to = {side.letter} if self.console.submit(side, RunStatements(chosen.statements)) else set()
        self._leave_marks(chosen, went_to)

    def _run_both(self, chosen: Choice) -> None:
        is_mirror = self.console.sync_mode is SyncMode.MIRROR
        went_to = set()
        for side in self.console.sides.values():
            holds_it = side is self.console.active or is_mirror
            if self.console.submit(side, RunStatements(chosen.statements, is_from_editor=holds_it)):
                went_to.add(side.letter)
        self._leave_marks(chosen, went_to)
        if is_mirror:
            self.console.other.pane.editor.mark_ran(chosen.range)
        else:
            self._step_other(chosen)

    def _step_other(self, chosen: Choice) -> None:
        """Where the other editor stands before the same statement it goes on as well: step by step in both."""
        editor = self.console.other.pane.editor
        there = choose(editor.text, None, editor.cursor_offset)
        if [one.text for one in there.statements] == [one.text for one in chosen.statements]:
            editor.mark_ran(there.range)
            if there.next_start is not None:
                editor.go_to(there.next_start)

    def _send_across(self) -> None:
        """The statement, or the selection, into the other pane's editor; nothing runs."""
        chosen = self._chosen(in_both=False)
        if not chosen.statements:
            self.console.tell(_("No statement at the cursor."))
            return
        editor, other = self.console.active.pane.editor, self.console.other
        if self.console.sync_mode is SyncMode.MIRROR:
            self.console.tell(_("Both panes hold the same text."))
            return
        start, end = chosen.range
        self.console.prefill(other.letter, editor.text[start:end])
        self.console.tell(_("Copied to pane {letter}.").format(letter=other.letter))

    def _leave_marks(self, chosen: Choice, went_to: set[str]) -> None:
        """Show in the editor what was sent, and step to the next statement at once: a burst of F5 runs several."""
        side = self.console.active
        editor = side.pane.editor
        editor.mark_ran(chosen.range)
        if chosen.next_start is not None:
            editor.go_to(chosen.next_start)
        side.parked_at = None if editor.selected_range else editor.cursor_offset
        self._remember(chosen.statements[-1], went_to)

    # -- what does not run twice ---------------------------------------------------------------------------------------

    def _remember(self, statement: Statement, went_to: set[str]) -> None:
        """The last statement sent from the active editor; in the mirror both editors hold it."""
        is_mirror = self.console.sync_mode is SyncMode.MIRROR
        for side in self.console.sides.values() if is_mirror else (self.console.active,):
            self._ran.pop(side.letter, None)
            if went_to and _changes(statement):
                self._ran[side.letter] = _Ran(AlreadyRun.of(side.pane.editor.text, statement), set(went_to))
            self._show_spent(side.letter)

    def _finished(self, message: StatementFinished) -> None:
        if message.fate is Fate.NOT_SAVED:
            self._did_not_run(message.letter, message.statement.text)

    def _text_changed(self, _message: TextArea.Changed) -> None:
        """A statement that was taken out and is written anew is another one."""
        for letter, ran in tuple(self._ran.items()):
            if ran.spent.text not in self.console.sides[letter].pane.editor.text:
                del self._ran[letter]
                self._show_spent(letter)

    def _did_not_run(self, letter: str, text: str | None = None) -> None:
        for of, ran in self._ran.items():
            if text is None or ran.spent.text == text:
                ran.letters.discard(letter)
                self._show_spent(of)

    def _show_spent(self, letter: str) -> None:
        """The editor marks what the key would run."""
        ran = self._ran.get(letter)
        self.console.sides[letter].pane.editor.spent = ran.spent if ran is not None and letter in ran.letters else None


def _changes(statement: Statement) -> bool:
    """Whether data or schema may be other ones after it."""
    is_read = statement.kind is StatementKind.READ and not statement.ending and not statement.is_block
    if is_read and classify(statement.text).writes is Writes.NO:
        return False
    from dsqltui.core.scripts.effects import may_change

    return may_change(statement)


def _is_asked_about(statement: Statement) -> bool:
    """Before it goes to both Regions: what may change something, or locks rows there."""
    return statement.kind is StatementKind.WRITE or _changes(statement)
