"""The access assistant's form: a role, tables and rights on the left of the keys, what follows from them below."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from dsqltui.core.catalog.access import AccessPlan, Survey, rights_of, text_of
from dsqltui.core.language import N_, _, as_sentence
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.dialogs.line import FormInput
from dsqltui.ui.textual_patches.ordered import Ordered


class AccessAction(Enum):
    """What to do with a plan; the value is the button's word."""

    PREFILL = N_("SQL to editor")
    COPY = N_("Copy all")
    SAVE = N_("Save files")
    CREATE = N_("Create IAM role")


@dataclass(frozen=True, slots=True)
class AccessWish:
    """What the person wants done."""

    action: AccessAction
    plan: AccessPlan


_FIELDS = (
    ("role", N_("Database role"), "reports"),
    ("iam", N_("IAM role"), "RewardsReadOnlyAccess"),
    ("schema", N_("Schema"), ""),
    ("tables", N_("Tables"), N_("all of the schema, or names separated by commas")),
    ("rights", N_("Rights"), N_("read, write, or select, insert, update, delete")),
    ("trust", N_("Trusts"), N_("the whole account, or ARNs separated by commas")),
)


class Preview(Ordered, VerticalScroll):
    """What follows from the form."""


class AccessDialog(Dialog[AccessWish]):
    """Dismissed with a wish, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = "#access-role"

    def __init__(self, survey: Survey) -> None:
        super().__init__()
        self._survey = survey
        self.plan: AccessPlan | None = None
        """What the form asks for; None while a field cannot be right."""

    def compose(self) -> ComposeResult:
        """The form, what follows, the buttons."""
        schemas = list(self._survey.tables)
        values = {"schema": schemas[0] if len(schemas) == 1 else "", "rights": "read"}
        hints = {"schema": ", ".join(schemas[:6])}
        with Vertical(classes="dialog -tall"):
            yield Static(_("Access assistant"), markup=False, classes="dialog--title")
            for id_, label, hint in _FIELDS:
                with Horizontal(classes="access--field"):
                    yield Static(_(label), markup=False, classes="access--label")
                    yield FormInput(values.get(id_, ""), hints.get(id_) or _(hint), compact=True, id=f"access-{id_}")
            with Preview(classes="access--preview"):
                yield Static(markup=False, id="access-text")
            with Horizontal(classes="dialog--buttons"):
                for action in AccessAction:
                    yield Button(Content(_(action.value)), id=f"access-{action.name.lower()}", compact=True)

    def on_mount(self) -> None:
        """Say what is missing."""
        self._show()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._show()

    def _value(self, id_: str) -> str:
        return self.query_one(f"#access-{id_}", FormInput).value.strip()

    def _show(self) -> None:
        """The text that follows from the form, or why none does."""
        self.plan, problem = None, ""
        try:
            self.plan = AccessPlan(
                self._value("role"),
                self._value("iam"),
                self._survey.account,
                self._survey.cluster_arns,
                self._value("schema"),
                _listed(self._value("tables")),
                rights_of(_listed(self._value("rights"))),
                _listed(self._value("trust")),
                role_exists=self._value("role") in self._survey.roles,
            )
        except ValueError as wrong:
            problem = as_sentence(str(wrong))
        text = problem if self.plan is None else text_of(self.plan)
        if self._survey.trouble:
            text = f"{one_line(self._survey.trouble, 300)}\n\n{text}"
        self.query_one("#access-text", Static).update(Content(many_lines(text, 20_000)))
        for action in AccessAction:
            self.query_one(f"#access-{action.name.lower()}", Button).disabled = self.plan is None

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if self.plan is not None and event.button.id is not None:
            action = AccessAction[event.button.id.removeprefix("access-").upper()]
            self.dismiss(AccessWish(action, self.plan))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
