"""What the help says, made from the same tables as the bindings; searching in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.language import ENGLISH, N_, _, language
from dsqltui.core.psql import COMMANDS
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.ui.keys.keymap import EDITING, Action, KeyScope, actions, shown
from dsqltui.ui.keys.user_keys import keys_of, short_key_of

DOCS = N_("In a shell: lists the pages of documentation on this machine; dsqltui docs TOPIC prints one.")


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One thing that can be pressed, typed or seen."""

    key: str
    text: str
    word: str = ""
    """The action's short name: found by searching, not shown."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Lines under a heading."""

    title: str
    lines: tuple[HelpLine, ...]


def chapters(first: Sequence[KeyScope | None]) -> list[Chapter]:
    """The whole help; the keys of the scopes in `first` stand first. None is the editor."""
    rest = [None, *(scope for scope in KeyScope if scope not in (KeyScope.CONSOLE, KeyScope.DIALOG))]
    others = [scope for scope in rest if scope not in first]
    return [
        *(_of_scope(scope) for scope in first),
        _of_scope(KeyScope.CONSOLE),
        *(_of_scope(scope) for scope in others),
        Chapter(
            _("Commands, run like a statement"),
            tuple(HelpLine(usage, _sentence(_(text))) for usage, text in COMMANDS),
        ),
        Chapter(
            _("Signs on the status line: what the server reports"),
            tuple(HelpLine(state.badge, _sentence(_(state.value))) for state in TransactionState),
        ),
        Chapter(_("More to read"), (HelpLine("dsqltui docs", _(DOCS)),)),
    ]


def found(whole: Sequence[Chapter], query: str) -> list[Chapter]:
    """The lines in which every word of the query occurs, in key, text or heading; all for an empty query."""
    words = query.casefold().split()
    kept = (
        Chapter(chapter.title, tuple(line for line in chapter.lines if _has(words, chapter.title, line)))
        for chapter in whole
    )
    return [chapter for chapter in kept if chapter.lines]


def _has(words: Sequence[str], title: str, line: HelpLine) -> bool:
    text = f"{title} {line.key} {line.text} {line.word}".casefold()
    return all(word in text for word in words)


def _of_scope(scope: KeyScope | None) -> Chapter:
    if scope is None:
        return Chapter(_("In the editor"), tuple(HelpLine(shown(key), _(text)) for key, text in EDITING))
    return Chapter(
        _(scope.value),
        tuple(HelpLine(_ways(action), _(action.description), _(action.label)) for action in actions(scope)),
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if language() == ENGLISH else text


def _ways(action: Action) -> str:
    keys = ", ".join(map(shown, keys_of(action)))
    leader = f"{short_key_of('leader')} {' '.join(action.leader)}" if action.leader else ""
    return f"{keys}  {leader}".strip()
