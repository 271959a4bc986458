"""What can be done with the text of an editor: layout, comments, another editor, hints."""

from collections.abc import Mapping

from textual.app import SuspendNotSupported

from dsqltui.client.linter import fixes_of, lint
from dsqltui.core.language import N_, _, counted, ngettext
from dsqltui.core.scripts.hints import Hint, NoHints, only_sql, with_fixes
from dsqltui.core.scripts.layout import NotFormatted, formatted
from dsqltui.core.scripts.own_hints import own_hints
from dsqltui.core.sql.odd_characters import odd_in, replaced
from dsqltui.core.text.line_edits import toggled_comments
from dsqltui.core.text.safe_text import one_line
from dsqltui.store.outside_editor import EditedNothing, edited_outside, editor_command
from dsqltui.ui.extension.feature import ActionHandler, Feature
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.widgets.editor import Editor
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity

_SHOWN = 50
_ADVICE = N_(
    "Hints of dsql-lint, whose rules can be older than the service, and of dsqltui. You can "
    "run the text all the same; {key} writes a statement as dsql-lint would."
)


class EditingFeature(Feature):
    """Works on the active pane's editor; every change can be undone."""

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Its actions."""
        return {
            "replace_odd": self._replace_odd,
            "format": self._format,
            "toggle_comment": self._toggle_comment,
            "edit_outside": self._edit_outside,
            "lint": self._lint,
            "lint_fix": self._fix,
            "select_all": self._select_all,
        }

    @property
    def _editor(self) -> Editor:
        return self.console.active.pane.editor

    async def _format(self) -> None:
        """The selection, or the statement under the cursor."""
        editor = self._editor
        place = editor.selected_range or editor.target
        if place is None:
            self.console.tell(_("Nothing to format: there is no statement here."))
            return
        revision, sql = editor.revision, editor.text[slice(*place)]
        try:
            result = await in_daemon_thread(lambda: formatted(sql))
        except NotFormatted as reason:
            self.console.tell(str(reason))
            return
        if editor.revision != revision:
            self.console.tell(_("Not formatted: the text was changed meanwhile."))
        elif result == sql:
            self.console.tell(_("Already formatted."))
        else:
            editor.replace_range(result, *place)

    def _replace_odd(self) -> None:
        """In the selection, or in the whole text; one step to undo."""
        editor = self._editor
        start, end = editor.selected_range or (0, len(editor.text))
        before = editor.text[start:end]
        after = replaced(before)
        if after == before:
            self.console.tell(_("Nothing to replace: no odd characters outside quotes and comments."))
            return
        count = len(odd_in(before))
        editor.replace_range(after, start, end)
        self.console.tell(
            ngettext(
                "{count} odd character replaced; undo brings them back.",
                "{count} odd characters replaced; undo brings them back.",
                count,
            ).format(count=count)
        )

    def _toggle_comment(self) -> None:
        self._editor.change_lines(toggled_comments)

    def _select_all(self) -> None:
        self._editor.action_select_all()

    def _edit_outside(self) -> None:
        """Textual has to stand still while another program has the terminal; the sessions go on in their own thread."""
        editor, letter = self._editor, self.console.active.letter
        text, result, trouble = editor.text, editor.text, ""
        try:
            command = editor_command()
            with self.console.app.suspend():
                try:  # within: Textual takes the terminal back only when nothing is raised
                    result = edited_outside(text, f"pane-{letter.lower()}", command)
                except EditedNothing as reason:
                    trouble = str(reason)
        except EditedNothing as reason:
            trouble = str(reason)
        except SuspendNotSupported:
            trouble = _("This terminal cannot run another editor.")
        if trouble:
            self.console.tell(trouble)
        elif result != text:
            editor.replace_range(result, 0, len(text))

    async def _lint(self) -> None:
        """Informs in the results area; blocks nothing."""
        side, editor = self.console.active, self._editor
        start, end = editor.selected_range or (0, len(editor.text))
        above = editor.text.count("\n", 0, start)
        sql = only_sql(editor.text[start:end])
        if not sql:
            self.console.tell(_("Nothing to check: there is no SQL here."))
            return
        revision = editor.revision
        own, trouble = own_hints(editor.text[start:end]), ""
        try:
            hints = await lint(sql)
        except NoHints as reason:
            hints, trouble = (), one_line(str(reason), 1_000)
        if trouble and not own:
            side.pane.show_report(Report(Severity.QUIET, "NO HINTS", message=trouble))
            return
        found = tuple(sorted((*hints, *own), key=lambda hint: hint.line))
        if editor.revision == revision:
            editor.mark_hints(frozenset(hint.line - 1 + above for hint in found))
        side.pane.show_report(_report(found, above, trouble))

    async def _fix(self) -> None:
        """What the linter can fix, in the selection or the statement under the cursor; one step to undo."""
        editor = self._editor
        place = editor.selected_range or editor.target
        if place is None:
            self.console.tell(_("Nothing to fix: there is no statement here."))
            return
        revision, text = editor.revision, editor.text[slice(*place)]
        try:
            hints = await lint(only_sql(text))
            fixes = await fixes_of(text, hints)
        except NoHints as reason:
            self.console.tell(one_line(str(reason), 300))
            return
        if editor.revision != revision:
            self.console.tell(_("Not fixed: the text was changed meanwhile."))
        elif not fixes:
            told = (
                _("{hints}, none that it can fix").format(hints=counted(len(hints), "hint"))
                if hints
                else _("no hint here")
            )
            self.console.tell(_("Nothing to fix: dsql-lint has {told}.").format(told=told))
        else:
            editor.replace_range(with_fixes(text, fixes), *place)
            details = [one_line(hint.fix_detail, 400) for hint in hints if hint.is_fixable and hint.fix_detail]
            title = _("{statements} FIXED, NOT RUN").format(statements=counted(len(fixes), "STATEMENT"))
            self.console.active.pane.show_report(Report(Severity.QUIET, title, message="\n".join(details)))


def _report(hints: tuple[Hint, ...], above: int, trouble: str) -> Report:
    if not hints:
        return Report(
            Severity.QUIET, "NO HINTS", message=_("dsql-lint finds nothing here that Aurora DSQL would refuse.")
        )
    lines = [
        _("line {line}: {message}\n  → {suggestion}").format(
            line=hint.line + above, message=one_line(hint.message, 400), suggestion=one_line(hint.suggestion, 400)
        )
        for hint in hints[:_SHOWN]
    ]
    if len(hints) > _SHOWN:
        lines.append(_("… and {count} more").format(count=len(hints) - _SHOWN))
    return Report(
        Severity.QUIET,
        _("{hints} FOR AURORA DSQL").format(hints=counted(len(hints), "HINT")),
        message="\n".join(lines),
        advice=trouble or _(_ADVICE).format(key=key_of("lint_fix")),
    )
