"""The keys as this person wants them: the table of `keymap` with the changes of the settings' [keys].

Kept for the whole program: there is one console in it, and everything that names a key asks here.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping

from textual.binding import Binding, Keymap
from textual.keys import KEY_NAME_REPLACEMENTS, key_to_character

from dsqltui.core.language import _
from dsqltui.core.settings.toml_text import SettingsProblem
from dsqltui.ui.keys.keymap import ACTIONS, UNDELIVERABLE, Action, KeyScope, action_of, binding_id, shown

Keys = Mapping[str, tuple[str, ...]]
"""Keys by an action's name: `run`, or with its scope in front outside the console: `grid.copy_value`."""

_CONSOLE_KEY = re.compile(
    r"(?:(?:shift|ctrl)\+)?f(?:[1-9]|1\d|2[0-4])"
    r"|ctrl\+(?:[a-z]|underscore|backslash|right_square_bracket|circumflex_accent)"
)
_NAMED = frozenset("escape enter tab space backspace delete insert home end pageup pagedown up down left right".split())
_SIGNS = frozenset(KEY_NAME_REPLACEMENTS.values())
_changed: dict[str, tuple[str, ...]] = {}


def use_keys(changed: Keys) -> None:
    """Let these hold from now on, and the defaults for all other actions."""
    _changed.clear()
    _changed.update({name: tuple(map(normal, keys)) for name, keys in changed.items()})


def keys_of(action: Action) -> tuple[str, ...]:
    """The keys that lead to an action, the one shown first."""
    return _changed.get(action_name(action), action.keys)


def key_of(id_: str) -> str:
    """The key of an action of the console as a sentence says it, Ctrl+Q; its leader path when it has no key."""
    return re.sub(r"^\^", "Ctrl+", short_key_of(id_))


def short_key_of(id_: str) -> str:
    """The same where there is little place: ^Q."""
    action = action_of(id_)
    keys = keys_of(action)
    return shown(keys[0]) if keys else f"{short_key_of('leader')} {' '.join(action.leader)}"


def short_keys(scope: KeyScope, id_: str) -> str:
    """The first key of an action of another scope; empty when it has none."""
    keys = next(keys_of(action) for action in ACTIONS if action.scope is scope and action.id == id_)
    return shown(keys[0]) if keys else ""


def textual_keymap() -> Keymap:
    """The changes for `App.set_keymap`."""
    by_name = {action_name(action): action for action in ACTIONS}
    return {binding_id(by_name[name]): ",".join(keys) or "unbound" for name, keys in _changed.items()}


def taken_from_typing() -> frozenset[str]:
    """Keys the person gave to the console; a text field must not take them first."""
    console = {action_name(action) for action in ACTIONS if action.scope is KeyScope.CONSOLE}
    return frozenset(key for name, keys in _changed.items() if name in console for key in keys)


def release(bindings: dict[str, list[Binding]]) -> None:
    """Take the person's keys out of a text field's own bindings."""
    for key in taken_from_typing():
        bindings.pop(key, None)


def action_name(action: Action) -> str:
    """Its name in the settings."""
    return action.id if action.scope is KeyScope.CONSOLE else f"{action.scope.name.lower()}.{action.id}"


def normal(key: str) -> str:
    """A key in Textual's spelling: `Ctrl+R` and `^R` are `ctrl+r`, `F5` is `f5`; a single letter keeps its case."""
    if key.startswith("^") and len(key) == 2:
        key = f"ctrl+{key[1]}"
    return key if len(key) == 1 else key.lower().replace(" ", "")


def problems_of(changed: Keys) -> list[SettingsProblem]:
    """Every key that cannot work, in the words of `SettingsWrong`."""
    known = {action_name(action): action for action in ACTIONS}
    problems = []
    for name, keys in changed.items():
        if name not in known:
            problems.append(
                _problem(name, _("there is no action {name}{meant}").format(name=name, meant=_meant(name, known)))
            )
            continue
        problems += [
            _problem(name, _('keys.{name}: "{key}" {why}').format(name=name, key=key, why=why))
            for key in keys
            if (why := _why_not(normal(key), known[name]))
        ]
        if known[name].id == "leader" and not keys:
            problems.append(_problem(name, _("keys.leader: the leader needs a key; all actions can be reached by it")))
    return problems or list(_twice(changed))


def _twice(changed: Keys) -> Iterator[SettingsProblem]:
    for scope in KeyScope:
        holders: dict[str, str] = {}
        mine = [action for action in ACTIONS if action.scope is scope]
        for action in sorted(mine, key=lambda action: action_name(action) in changed):  # defaults come first
            name = action_name(action)
            for key in dict.fromkeys(map(normal, changed.get(name, action.keys))):
                if key in holders:
                    yield _problem(
                        name,
                        _('keys.{name}: "{key}" is the key of {holders} already').format(
                            name=name, key=key, holders=holders[key]
                        ),
                    )
                holders[key] = name


def _why_not(key: str, action: Action) -> str:
    if key in UNDELIVERABLE or key.startswith(("alt+", "ctrl+shift+", "super+", "meta+")):
        return _("does not arrive everywhere: a browser, tmux or the terminal keeps it or changes it")
    if action.scope is KeyScope.CONSOLE:
        if not _CONSOLE_KEY.fullmatch(key):
            return _("is no key for it: F1 to F24, alone or with Shift or Ctrl, or Ctrl with a letter")
        return ""
    bare = key.removeprefix("shift+").removeprefix("ctrl+")
    is_key = len(bare) == 1 or bare in _NAMED or _CONSOLE_KEY.fullmatch(key) or key_to_character(bare) or bare in _SIGNS
    return "" if is_key else _("is no key: write f5, ctrl+r, y, enter, pagedown")


def _problem(name: str, text: str) -> SettingsProblem:
    return SettingsProblem(("keys", *name.split(".")), f"{text}.")


def _meant(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return _("; did you mean {near}").format(near=near[0]) if near else _("; `dsqltui config keys` lists them")
