"""psql's variables that change what is done: honoured, without effect here, or refused, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from dsqltui.core.language import N_, _
from dsqltui.core.psql.parsing import boolean

DEFAULTS: Mapping[str, str] = {
    "AUTOCOMMIT": "on",
    "ECHO": "none",
    "ECHO_HIDDEN": "off",
    "ENCODING": "UTF8",
    "FETCH_COUNT": "0",
    "LAST_ERROR_MESSAGE": "",
    "LAST_ERROR_SQLSTATE": "00000",
    "ON_ERROR_ROLLBACK": "off",
    "ON_ERROR_STOP": "on",
    "QUIET": "off",
    "SHOW_CONTEXT": "errors",
    "SINGLELINE": "off",
    "SINGLESTEP": "off",
    "VERBOSITY": "default",
}
"""Their values at the start; ON_ERROR_STOP is on here, which psql leaves off."""


class NotSettable(ValueError):
    """A variable cannot have that value; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class VariableMeaning:
    """What a variable may be set to."""

    value: str
    note: str = ""
    """What is to be said although it was done: that it has no effect, and why."""


def checked(name: str, value: str) -> VariableMeaning:
    """The value a variable gets by `\\set NAME VALUE`, or by -v. Raises NotSettable."""
    if name in _BOOLEANS:
        is_on = True if not value else boolean(value)
        if is_on is None:
            raise NotSettable(
                _('unrecognized value "{value}" for "{name}": on or off is expected.').format(value=value, name=name)
            )
        if is_on and (refusal := _BOOLEANS[name]):
            raise NotSettable(_(refusal))
        return VariableMeaning("on" if is_on else "off")
    if name in _WORDS:
        said, refused = value.lower(), _WORDS[name]
        known = (*_WORD_VALUES[name], *refused)
        if said not in known:
            raise NotSettable(
                _('unrecognized value "{value}" for "{name}": {known} are the values.').format(
                    value=value, name=name, known=", ".join(known)
                )
            )
        if said in refused:
            raise NotSettable(_(refused[said]))
        return VariableMeaning(said)
    if name == "FETCH_COUNT" and not value.isdecimal():
        raise NotSettable(
            _('unrecognized value "{value}" for "FETCH_COUNT": a number is expected.').format(value=value)
        )
    if name == "ENCODING" and value.upper().replace("-", "") not in ("UTF8", "UNICODE"):
        raise NotSettable(_("Text goes to the server as UTF8 only; save files in other encodings as UTF-8."))
    note = _WITHOUT_EFFECT.get(name, "")
    return VariableMeaning(
        value, _("{name} has no effect here: {note}.").format(name=name, note=_(note)) if note else ""
    )


def unset(name: str) -> str | None:
    """The value a special variable falls back to by `\\unset`, as in psql; None: it is gone."""
    if name in _BOOLEANS or name in ("ECHO_HIDDEN", "ON_ERROR_ROLLBACK"):
        return "off"
    return DEFAULTS.get(name) if name in (*_WORDS, "FETCH_COUNT") else None


_NO_STEPS = N_(
    "Nobody is asked before each statement here, so SINGLESTEP cannot be on; run statements one by one with F5."
)
_BOOLEANS: dict[str, str] = {
    "AUTOCOMMIT": "",
    "ON_ERROR_STOP": "",
    "QUIET": "",
    "SINGLELINE": N_("A line's end does not end a statement here, so SINGLELINE cannot be on; end statements with ;."),
    "SINGLESTEP": _NO_STEPS,
    "HIDE_TABLEAM": "",
    "HIDE_TOAST_COMPRESSION": "",
    "SHOW_ALL_RESULTS": "",
}
"""With the reason why it cannot be on; empty when it can."""
_NO_SAVEPOINTS = N_(
    "ON_ERROR_ROLLBACK needs savepoints, and Aurora DSQL has none: a transaction that failed can only be rolled back."
)
_OWN_QUERIES = N_(
    "ECHO_HIDDEN cannot show psql's queries: \\d and its kin ask the catalog with queries of this program."
)
_WORD_VALUES: dict[str, tuple[str, ...]] = {
    "ECHO": ("none", "errors", "queries", "all"),
    "VERBOSITY": ("default", "verbose", "terse", "sqlstate"),
    "SHOW_CONTEXT": ("never", "errors", "always"),
    "ON_ERROR_ROLLBACK": ("off",),
    "ECHO_HIDDEN": ("off",),
}
_WORDS: dict[str, dict[str, str]] = {
    "ECHO": {},
    "VERBOSITY": {},
    "SHOW_CONTEXT": {},
    "ON_ERROR_ROLLBACK": dict.fromkeys(("on", "interactive"), _NO_SAVEPOINTS),
    "ECHO_HIDDEN": dict.fromkeys(("on", "noexec"), _OWN_QUERIES),
}
"""With the values that are refused, and why."""
_WITHOUT_EFFECT = {
    "HISTFILE": N_("the history is the console's own; section [history] of the settings is about it"),
    "HISTSIZE": N_("history.limit of the settings says how much is kept"),
    "HISTCONTROL": N_("the history is the console's own; section [history] of the settings is about it"),
    "IGNOREEOF": N_("the console ends by Ctrl+Q"),
    "COMP_KEYWORD_CASE": N_("completion keeps the case of what was typed"),
    **dict.fromkeys(("PROMPT1", "PROMPT2", "PROMPT3"), N_("the prompt shows the pane and the transaction")),
    "WATCH_INTERVAL": N_("write the seconds with the command, \\watch 5"),
}
