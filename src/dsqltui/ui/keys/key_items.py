"""Which keys the key line offers: those of where the person is, and first what can be done about what is going on."""

from collections.abc import Iterator
from dataclasses import dataclass

from dsqltui.core.language import N_, _
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.ui.keys.keymap import KeyScope, action_of, actions, shown
from dsqltui.ui.keys.user_keys import keys_of, short_key_of


@dataclass(frozen=True, slots=True)
class KeyItem:
    """A key, its word, and what a click on it does."""

    key: str
    """As shown."""
    label: str
    """In the person's language."""
    action: str = ""
    """Of the console; else `press` is the key to press."""
    press: str = ""


@dataclass(frozen=True, slots=True)
class KeySituation:
    """Where the person is and what is going on there."""

    scopes: tuple[KeyScope | None, ...] = (None,)
    """Of the focused widget, from it outwards; None is an editor."""
    state: TransactionState = TransactionState.NONE
    is_running: bool = False
    offered: tuple[str, ...] = ()
    """Actions of the console that the card in the results offers."""


CARD_KEYS = {
    "retry_transaction": "card_retry",
    "edit_transaction": "card_edit",
    "timeline": "card_timeline",
    "explain_conflict": "card_details",
    "rollback": "card_rollback",
    "reconnect": "card_reconnect",
    "check_commit": "card_check",
    "jobs": "card_jobs",
}
"""What a card may offer, and the card's own key for it."""

_PANES, _TABS = N_("Pane"), N_("Tab")
_OF_A_SCOPE: dict[KeyScope, tuple[str, ...]] = {
    KeyScope.GRID: ("show_value", "find", "sort", "copy", "export", "record"),
    KeyScope.SCRIPT: ("open_statement",),
    KeyScope.RECORD: ("previous_record", "next_record", "show_field", "close_record"),
    KeyScope.PLAN: ("cure", "before", "raw_plan"),
    KeyScope.SIDEBAR: ("page_jobs", "page_indexes", "page_schema", "filter", "reload", "leave"),
    KeyScope.LAB: ("lab_next", "lab_back", "lab_hint", "lab_list", "lab_help", "lab_leave"),
    KeyScope.TIMELINE: ("earlier", "later", "conflict", "put_back", "close_timeline"),
    KeyScope.REPLAY: ("replay_next", "replay_end"),
}


def key_items(now: KeySituation) -> tuple[KeyItem, ...]:
    """In the order of their use; as many as fit are shown."""
    items = [_of_console("interrupt")] if now.is_running else []
    scope = None if None in now.scopes else next((scope for scope in now.scopes if scope in _OF_A_SCOPE), None)
    if KeyScope.CARD in now.scopes and now.offered:
        items += [_of_scope(KeyScope.CARD, CARD_KEYS[id_]) for id_ in now.offered if id_ in CARD_KEYS]
        items += [_of_scope(KeyScope.CARD, "to_editor"), *_of_tabs(), _of_console("leader"), _of_console("help")]
    elif scope is not None and scope in _OF_A_SCOPE and KeyScope.CARD not in now.scopes:
        items += [_of_scope(scope, id_) for id_ in _OF_A_SCOPE[scope]]
        items += [
            *(_of_tabs() if scope in (KeyScope.GRID, KeyScope.SCRIPT) else ()),
            _of_console("leader"),
            _of_console("help"),
        ]
    else:
        items += _of_the_editor(now)
    return tuple(items)


def _of_the_editor(now: KeySituation) -> Iterator[KeyItem]:
    panes = KeyItem(f"{short_key_of('focus_a')}/{short_key_of('focus_b')}", _(_PANES), "other_pane")
    yield from (_of_console(id_) for id_ in now.offered if id_ not in ("rollback", "jobs"))
    match now.state:
        case TransactionState.FAILED:
            yield _of_console("rollback")
        case TransactionState.OPEN if not now.is_running:
            yield _of_console("run")
            yield from map(_of_console, ("commit", "rollback"))
            yield from (panes, _of_console("run_both"))
        case _:
            yield from (_of_console("run"), _of_console("run_both"), panes, _of_console("focus_results"))
    yield from map(_of_console, ("leader", "help", "quit"))


def _of_console(id_: str) -> KeyItem:
    return KeyItem(short_key_of(id_), _(action_of(id_).label), id_)


def _of_scope(scope: KeyScope, id_: str) -> KeyItem:
    action = next(action for action in actions(scope) if action.id == id_)
    keys = keys_of(action)
    return KeyItem(shown(keys[0]) if keys else "", _(action.label), press=keys[0] if keys else "")


def _of_tabs() -> Iterator[KeyItem]:
    older, newer = (_of_scope(KeyScope.GRID, id_) for id_ in ("previous_result", "next_result"))
    yield KeyItem(f"{older.key} {newer.key}", _(_TABS), press=older.press)
