"""The list of labs, with how far each has come."""

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dsqltui.core.kept.lab_progress import LabProgress
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import cells
from dsqltui.labs.model import Lab
from dsqltui.labs.text import Language, Text, filled_sql
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.features.lab import words
from dsqltui.ui.textual_patches.ordered import Ordered


class LabList(Ordered, OptionList):
    """The labs."""


class LabsDialog(Dialog[str]):
    """Dismissed with the id of the lab that was chosen."""

    AUTO_FOCUS = "LabList"

    def __init__(
        self, labs: Sequence[Lab], progress: Mapping[str, LabProgress], language: Language, *, current: str = ""
    ) -> None:
        super().__init__()
        self._labs, self._progress, self._language, self._current = labs, progress, language, current

    def compose(self) -> ComposeResult:
        """Title, list, keys."""
        with Vertical(classes="dialog -labs"):
            yield Static(Content(words.LIST_TITLE.of(self._language)), markup=False, classes="dialog--title")
            yield LabList(
                *(Option(Content(lab_line(lab, self._progress.get(lab.id), self._language))) for lab in self._labs),
                markup=False,
                compact=True,
            )
            yield Static(Content(words.LIST_FOOT.of(self._language)), markup=False, classes="dialog--foot")

    def on_mount(self) -> None:
        """Begin at the current lab while it is not done, else at the next that is not."""
        ids = [lab.id for lab in self._labs]
        at = ids.index(self._current) if self._current in ids else 0
        order = [*range(at, len(ids)), *range(at)]
        self.query_one(LabList).highlighted = next((n for n in order if not self._is_done(ids[n])), at)

    def _is_done(self, id_: str) -> bool:
        kept = self._progress.get(id_)
        return kept is not None and kept.is_done

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._labs[event.option_index].id)


def lab_line(lab: Lab, progress: LabProgress | None, language: Language) -> str:
    """`✓  3  The first committer wins                 5/5`."""
    total = len(lab.steps)
    passed = progress.passed_count if progress else 0
    mark = "✓" if progress is not None and progress.is_done else "▸" if passed else " "
    title = one_line(lab.title.of(language), 60)
    return f"{mark} {lab.number:>2}  {title}{' ' * max(1, 50 - cells(title))}{passed:>2}/{total}"


def reset_question(lab: Lab, values: Mapping[str, str], language: Language) -> Question:
    """Asked before a lab is taken back: what exactly will be run."""
    statements = [one_line(" ".join(filled_sql(sql, values).split()), 200) for sql in lab.reset]
    lines = [f"{sql};" for sql in statements]
    lines += [words.DELETES_IAM.filled({"name": name}).of(language) for name in lab.iam_roles]
    shown = "\n".join(lines) or words.NOTHING_TO_RUN.of(language)
    text = words.RESET_TEXT.filled({"sql": shown}).of(language)
    return _question(words.RESET_TITLE, text, words.RESET_YES, words.RESET_NO, language)


def rollback_question(language: Language) -> Question:
    """Asked when another lab is begun amid a transaction."""
    return _question(words.LEAVE_TITLE, words.LEAVE_TEXT.of(language), words.LEAVE_YES, words.LEAVE_NO, language)


def agreement(lab: Lab, language: Language) -> Question:
    """Asked once on AWS: what the lab will make there."""
    text = words.AGREE_TEXT.filled({"creates": lab.creates.of(language)}).of(language)
    return _question(words.AGREE_TITLE, text, words.AGREE_YES, words.AGREE_NO, language)


def iam_question(name: str, language: Language) -> Question:
    """Asked on AWS before an IAM role is made."""
    text = words.IAM_TEXT.filled({"name": name}).of(language)
    return _question(words.IAM_TITLE, text, words.IAM_YES, words.IAM_NO, language)


def _question(title: Text, text: str, yes: Text, no: Text, language: Language) -> Question:
    return Question(title.of(language), text, yes=yes.of(language), no=no.of(language))
