"""The person's own keys: what is refused, and that they hold everywhere."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from textual.widgets import TextArea

import dsqltui.ui
from dsqltui.core.settings.sections import Settings
from dsqltui.ui.keys.keymap import ACTIONS, KeyScope
from dsqltui.ui.keys.user_keys import action_name, key_of, normal, problems_of, use_keys
from dsqltui.ui.textual_patches.hooks import own_bindings
from support.screens.console import console


def said(keys: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [problem.text for problem in problems_of(keys)]


def test_the_default_keys_have_no_problems() -> None:
    assert problems_of({action_name(action): action.keys for action in ACTIONS}) == []


def test_the_names_of_actions_are_unique() -> None:
    names = [action_name(action) for action in ACTIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"rum": ("f5",)}, "there is no action rum; did you mean run."),
        ({"xyzzy": ("f5",)}, "there is no action xyzzy; `dsqltui config keys` lists them."),
        ({"run": ("alt+r",)}, 'keys.run: "alt+r" does not arrive everywhere: a browser, tmux or the terminal keeps it or changes it.'),
        ({"run": ("Ctrl+Enter",)}, 'keys.run: "Ctrl+Enter" does not arrive everywhere: a browser, tmux or the terminal keeps it or changes it.'),
        ({"run": ("r",)}, 'keys.run: "r" is no key for it: F1 to F24, alone or with Shift or Ctrl, or Ctrl with a letter.'),
        ({"run": ("enter",)}, 'keys.run: "enter" is no key for it: F1 to F24, alone or with Shift or Ctrl, or Ctrl with a letter.'),
        ({"run": ("f6",)}, 'keys.run: "f6" is the key of run_both already.'),
        ({"zoom": ("f8", "f8", "ctrl+q")}, 'keys.zoom: "ctrl+q" is the key of quit already.'),
        ({"grid.copy_value": ("whatever",)}, 'keys.grid.copy_value: "whatever" is no key: write f5, ctrl+r, y, enter, pagedown.'),
        ({"leader": ()}, "keys.leader: the leader needs a key; all actions can be reached by it."),
    ],
)  # fmt: skip
def test_a_key_that_cannot_work_is_refused_with_the_reason(keys: dict[str, tuple[str, ...]], sentence: str) -> None:
    if "f8" in keys.get("zoom", ()):
        keys = {
            **keys,
            **{action.id: () for action in ACTIONS if "f8" in action.keys and action.scope is KeyScope.CONSOLE},
        }
    assert said(keys) == [sentence]


def test_two_actions_can_swap_their_keys() -> None:
    assert said({"run": ("f6",), "run_both": ("f5",)}) == []


@pytest.mark.parametrize(("key", "textuals"), [("^R", "ctrl+r"), ("Ctrl+R", "ctrl+r"), ("F5", "f5"), ("G", "G")])
def test_keys_may_be_written_as_people_do(key: str, textuals: str) -> None:
    assert normal(key) == textuals


async def test_they_hold_in_bindings_key_line_titles_help_and_palette() -> None:
    keys = {"run": ("f9",), "reconnect": ("f5",), "focus_b": ("ctrl+k",), "grid.copy_value": ("f21",)}
    assert problems_of(keys) == []
    async with console(settings=Settings(keys=keys)) as it:
        it.write("select 1;")
        await it.press("f5")
        await it.until(lambda: "is already connected" in it.notice)
        assert it.a.sent == []
        await it.press("f9")
        await it.until(lambda: it.a.sent == ["select 1"])
        await it.press("ctrl+k", "x")  # a key of the editor, given to the console
        await it.until(lambda: it.pane_b.editor.text == "x")
        await it.until(lambda: " F9 Run " in it.screen_text())
        assert "F2/^K Pane" in it.screen_text()
        assert it.screen_text().count("^K  B") == 1
        await it.press("f1")
        await it.until(lambda: "Run the selection" in it.screen_text())
        line = next(line for line in it.screen_text().split("\n") if "Run the selection" in line)
        assert "F9" in line
        await it.press("escape", "ctrl+p")
        await it.until(lambda: "Run  F9, ^G r" in it.screen_text())


async def test_the_next_console_without_settings_has_the_defaults() -> None:
    use_keys({"run": ("f9",)})
    assert key_of("run") == "F9"
    async with console() as it:
        assert key_of("run") == "F5"
        assert "ctrl+k" in own_bindings(it.pane_a.editor)


def test_a_text_fields_bindings_can_be_released() -> None:
    """`release` leans on the form of Textual's bindings."""
    assert "ctrl+k" in own_bindings(TextArea())


_KEY = re.compile(r"(?:Ctrl\+|\^|Shift\+F?)[A-Z0-9]\b|\bF\d{1,2}\b")


def _sentences(file: Path) -> Iterator[str]:
    """The strings of a module that are not docstrings: what may reach a person."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documenting = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documenting:
            yield node.value


def test_no_sentence_names_a_key_that_the_person_may_have_changed() -> None:
    ui = Path(dsqltui.ui.__file__).parent
    named = {
        f"{file.relative_to(ui)}: {text}"
        for file in ui.rglob("*.py")
        if file.name not in ("keymap.py", "user_keys.py")  # the table itself, and what a key may be
        for text in _sentences(file)
        if _KEY.search(text)
    }
    assert named == set()
