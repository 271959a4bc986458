"""The leader: the tree of paths, the box, letters typed blind."""

import pytest
from textual.geometry import Offset

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.settings.sections import Settings
from dsqltui.ui.features import FIRST
from dsqltui.ui.features.leader.box import LeaderBox
from dsqltui.ui.features.leader.feature import LeaderFeature
from dsqltui.ui.keys.keymap import GROUPS, Action, KeyScope, actions
from dsqltui.ui.keys.leader_tree import LeaderTree
from support.screens.console import Console, console

_TREE = LeaderTree(
    (Action("go", (), "Go", "", leader="g"), Action("cut", (), "Cut", "", leader="ec"), Action("cat", (), "Cat", "", leader="ed")),
    {"e": "Edit"},
)  # fmt: skip


class _Small(LeaderFeature):
    """With a tree of its own."""

    def below(self) -> list[LeaderBox]:
        self._box = LeaderBox(_TREE, keys=("ctrl+g",), title="^G", chosen=str, lost=str)
        return [self._box]


def box_of(it: Console) -> LeaderBox:
    return it.app.console_screen.query_one(LeaderBox)


def test_a_path_leads_to_an_action_to_a_group_or_nowhere() -> None:
    assert [(step.letter, step.word) for step in _TREE.steps("")] == [("g", "Go"), ("e", "Edit")]
    assert [(step.letter, step.word) for step in _TREE.steps("e")] == [("c", "Cut"), ("d", "Cat")]
    assert _TREE.steps("x") == _TREE.steps("g") == ()
    found = _TREE.action("ed")
    assert found is not None
    assert found.id == "cat"
    assert _TREE.action("e") is _TREE.action("x") is None


def test_each_group_of_the_console_has_its_word() -> None:
    paths = [action.leader for action in actions(KeyScope.CONSOLE)]
    groups = {path[:length] for path in paths for length in range(1, len(path))}
    assert groups <= set(GROUPS)


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (60, 16)])
async def test_the_box_shows_every_first_letter_in_the_corner_above_the_key_line(size: tuple[int, int]) -> None:
    async with console(size) as it:
        await it.press("ctrl+g")
        await it.until(lambda: "Esc leaves" in it.screen_text())
        region = box_of(it).region
        assert region.bottom_right == Offset(size[0], size[1] - 1)
        inside = [line[region.x : region.right] for line in it.screen_text().split("\n")[region.y : region.bottom]]
        hidden = set("cuxykRvdl$oMh")  # what cannot work in an idle console: see the test below
        for step in LeaderTree(actions(KeyScope.CONSOLE)).steps(""):
            is_shown = any(f"{step.letter} {step.word[:4]}" in line for line in inside)
            assert is_shown or step.letter in hidden, step


async def test_it_offers_only_what_works_now_in_columns_by_group() -> None:
    async with console((80, 24)) as it:
        await it.press("ctrl+g")
        await it.until(lambda: "Esc leaves" in it.screen_text())
        text = it.screen_text()
        assert all(heading in text for heading in ("Run", "Go to", "More"))
        assert "k Commit" not in text
        assert "d Compare" not in text
        await it.press("escape")
        it.write("begin;")
        await it.press("f5")
        await it.until(lambda: it.pane_a.status.state is TransactionState.OPEN)
        await it.press("ctrl+g")
        await it.until(lambda: "k Commit" in it.screen_text())
        assert "u Roll back" in it.screen_text()
        assert "c Cancel" not in it.screen_text()
        await it.press("d")
        await it.until(lambda: "Both panes must show rows" in it.notice)


async def test_a_letter_does_the_action_and_gives_the_keys_back() -> None:
    async with console() as it:
        await it.press("ctrl+g", "2", "x")
        await it.until(lambda: it.pane_b.editor.text == "x")
        assert it.pane_a.editor.text == ""
        assert not box_of(it).is_open


async def test_it_works_from_the_results_too_and_the_focus_comes_back() -> None:
    async with console() as it:
        await it.press("f4", "ctrl+g", "escape")
        await it.until(lambda: it.app.focused is it.pane_a.results)
        assert not box_of(it).is_open


async def test_an_unknown_letter_says_so_and_types_nothing() -> None:
    async with console() as it:
        await it.press("ctrl+g", "Z", "y")
        await it.until(lambda: it.notice == "No command on Ctrl+G Z; Ctrl+G lists them.")
        assert it.pane_a.editor.text == "y"


async def test_any_other_key_closes_it_and_works() -> None:
    async with console() as it:
        await it.press("ctrl+g", "f3", "z")
        await it.until(lambda: it.pane_b.editor.text == "z")
        assert not box_of(it).is_open


async def test_once_more_closes_it() -> None:
    async with console() as it:
        await it.press("ctrl+g", "ctrl+g", "a")
        await it.until(lambda: it.pane_a.editor.text == "a")


async def test_backspace_goes_back_one_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    with_small = tuple(_Small if feature is LeaderFeature else feature for feature in FIRST)
    monkeypatch.setattr("dsqltui.ui.screens.console.FIRST", with_small)
    async with console() as it:
        box = box_of(it)
        await it.press("ctrl+g", "e")
        await it.until(lambda: "c Cut" in it.screen_text())
        await it.press("backspace")
        await it.until(lambda: "e Edit…" in it.screen_text())
        assert (box.path, box.is_open) == ("", True)
        await it.press("backspace")
        assert not box.is_open


async def test_a_click_chooses() -> None:
    async with console((80, 24)) as it:
        await it.press("ctrl+g")
        box = box_of(it)
        await it.until(lambda: box.region.height)
        line = next(line for line in it.screen_text().split("\n") if "2 Pane B" in line)
        row = it.screen_text().split("\n").index(line)
        await it.pilot.click(offset=(line.index("2 Pane B") + 3, row))
        await it.until(lambda: it.app.focused is it.pane_b.editor)


async def test_a_click_elsewhere_closes_it() -> None:
    async with console() as it:
        await it.press("ctrl+g")
        await it.pilot.click(it.pane_b.editor)
        await it.until(lambda: not box_of(it).is_open)
        assert it.app.focused is it.pane_b.editor


async def test_the_persons_key_opens_it_and_its_title_says_so() -> None:
    async with console(settings=Settings(keys={"leader": ("f10",)})) as it:
        await it.press("f10")
        await it.until(lambda: "F10 …" in it.screen_text())
