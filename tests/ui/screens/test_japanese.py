"""The screen in Japanese at 80x24: every line is 80 cells of whole letters, every dialog shows all that it says."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from textual.geometry import Region
from textual.screen import Screen
from textual.widgets import Button, Static

from dsqltui.core.aws.metrics import MetricSpan, RegionMetrics
from dsqltui.core.aws.start_choices import GUIDED_LABS, SAMPLE_DATA, SIMULATOR
from dsqltui.core.catalog.access import Grants, Survey
from dsqltui.core.kept.buffers import KeptText
from dsqltui.core.language import language
from dsqltui.core.results.outcome import Done, Lost, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import split
from dsqltui.core.sessions.roles import Discovery, RoleChoice
from dsqltui.labs.text import Language
from dsqltui.spoken import speak
from dsqltui.ui.dialogs.confirm import ConfirmBoth
from dsqltui.ui.dialogs.confirm_pasted import ConfirmPasted
from dsqltui.ui.dialogs.help import HelpDialog
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.quit import ConfirmQuit, LeavingCost
from dsqltui.ui.dialogs.value import ValueDialog
from dsqltui.ui.dialogs.whose_text import WhoseText
from dsqltui.ui.features.buffers.dialog import KeptTextDialog
from dsqltui.ui.features.explorer.dialog import ExplorerDialog
from dsqltui.ui.features.explorer.spec_picker import SpecPicker
from dsqltui.ui.features.export.copy_dialog import CopyDialog
from dsqltui.ui.features.export.export_dialog import ExportDialog, Extent
from dsqltui.ui.features.lab.dialogs import LabsDialog
from dsqltui.ui.features.metrics.dialog import MetricsDialog
from dsqltui.ui.features.roles.access_dialog import AccessDialog
from dsqltui.ui.features.roles.dialog import Identities, RoleDialog
from dsqltui.ui.features.sidebar.create_index_dialog import CreateIndexDialog
from dsqltui.ui.features.snippets.dialog import SnippetDialog
from dsqltui.ui.features.storm.form import StormForm, StormWish
from dsqltui.ui.features.themes.dialog import ThemeDialog
from dsqltui.ui.keys.key_items import CARD_KEYS, KeySituation, key_items
from dsqltui.ui.keys.keymap import KeyScope
from dsqltui.ui.screens.start import entry_line
from dsqltui.ui.widgets.key_line import KeyLine
from support.screens.console import Console, console
from support.screens.fake_session import CONFLICT, FakeSession, rows

SMALL = (80, 24)
UPDATE = "update accounts set n = 2 where id = 1"


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en")


class NoMetrics:
    """A source that never answers."""

    calls = 0

    async def read(self, span: MetricSpan, now_s: float) -> list[RegionMetrics]:  # noqa: ARG002 - of the protocol
        await asyncio.Event().wait()
        return []


async def found_nothing() -> Discovery:
    return Discovery((RoleChoice("admin"),), "")


async def nobody() -> Identities:
    return {"A": "STSが応答しません。", "B": "STSが応答しません。"}


def survey() -> Survey:
    caller = "arn:aws:iam::111122223333:user/workshop"
    return Survey("111122223333", caller, (), {"xpoints": ("customers",)}, ("reports",), Grants((), (), {}))


DIALOGS: dict[str, Callable[[], Screen[Any]]] = {
    "help": lambda: HelpDialog((KeyScope.GRID,)),
    "quit": lambda: ConfirmQuit([LeavingCost("ペインAのトランザクションはコミットされていません。", is_unknown=False)]),
    "both": lambda: ConfirmBoth(split(UPDATE)),
    "pasted": ConfirmPasted,
    "value": lambda: ValueDialog("住所", "東京都千代田区丸の内一丁目" * 20),
    "line": lambda: AskLine("記録の保存先", value="~/transcript.md", hint="名前の末尾が.svgなら、図として保存します。"),
    "mirror": lambda: WhoseText("select 1", "select 'あ'"),
    "theme": lambda: ThemeDialog("auto"),
    "kept": lambda: KeptTextDialog({"1": KeptText("select 'こんにちは'", "ミラー前のペインA", 0.0)}),
    "snippets": lambda: SnippetDialog([], "", "スニペットはまだありません。"),
    "specs": SpecPicker,
    "copy": lambda: CopyDialog(1_000),
    "export": lambda: ExportDialog("~/result.csv", [(Extent.FETCHED, "取得済みの1,000行")]),
    "index": lambda: CreateIndexDialog("xpoints.customers", ["id", "username"]),
    "explorer": lambda: ExplorerDialog("write-skew", lambda: None),
    "storm": lambda: StormForm(StormWish(), "adminとして、半分ずつ各エンドポイントに置きます。"),
    "metrics": lambda: MetricsDialog(NoMetrics(), lambda: (), lambda: 0.0),
    "roles": lambda: RoleDialog("A", [RoleChoice("admin")], discover=found_nothing, identify=nobody),
    "access": lambda: AccessDialog(survey()),
    "labs": lambda: LabsDialog([], {}, Language.JAPANESE),
}


def cut_off(it: Console) -> list[str]:
    """What does not show whole: lines of another width, texts that need more room, words on buttons."""
    screen = it.app.screen
    wrong = [line for line in it.screen_text().splitlines() if cell_len(line) != 80]
    room = Region(0, 0, *SMALL)
    for part in screen.query(Static):
        if not part.has_class("dialog--title") and not part.has_class("dialog--foot"):
            continue
        needed = part.get_content_height(screen.size, screen.size, part.content_size.width)
        if needed > part.content_size.height or not room.contains_region(part.region):
            wrong.append(str(part.render()))
    for button in screen.query(Button):
        if cell_len(str(button.label)) > button.content_size.width or not room.contains_region(button.region):
            wrong.append(str(button.label))
    return wrong


@pytest.mark.parametrize("name", DIALOGS)
async def test_a_dialog_is_whole(name: str) -> None:
    speak("ja")
    async with console(SMALL) as it:
        dialog = DIALOGS[name]()
        it.app.push_screen(dialog)
        await it.until(lambda: it.app.screen is dialog and dialog.is_mounted)
        await it.pilot.pause()
        assert cut_off(it) == []


@pytest.mark.parametrize("path", ["", *"esvwOLX"])
async def test_the_leader_is_whole(path: str) -> None:
    speak("ja")
    async with console(SMALL) as it:
        await it.press("ctrl+g", *path)
        await it.until(lambda: "Esc 閉じる" in it.screen_text())
        assert cut_off(it) == []
        assert not [line for line in it.screen_text().splitlines() if "…" in line and "… " not in f"{line} "]


SITUATIONS = {
    "editor": KeySituation(),
    "open": KeySituation(state=TransactionState.OPEN),
    "failed": KeySituation(state=TransactionState.FAILED),
    "running": KeySituation(is_running=True),
    "card": KeySituation((KeyScope.CARD,), offered=tuple(CARD_KEYS)[:4]),
    **{
        scope.name.lower(): KeySituation((scope,))
        for scope in (KeyScope.GRID, KeyScope.RECORD, KeyScope.PLAN, KeyScope.SIDEBAR, KeyScope.LAB, KeyScope.TIMELINE)
    },
}


@pytest.mark.parametrize("name", SITUATIONS)
async def test_the_key_line_ends_with_a_whole_word(name: str) -> None:
    speak("ja")
    async with console(SMALL) as it:
        line = it.app.console_screen.query_one(KeyLine)
        line.situation = SITUATIONS[name]
        text = line.render().plain
        assert cell_len(text) == 80
        words = [f"{item.key} {item.label}" for item in key_items(line.situation)]
        shown = [word for word in words if word in text]
        assert shown == words[: len(shown)]
        assert len(shown) >= min(len(words), 5)
        assert text.split("A | B")[0].strip().endswith(shown[-1])


async def lost_conflict(it: Console) -> None:
    it.write(f"begin;\n{UPDATE};\ncommit;")
    await it.press("f5", "f5")
    await it.until(lambda: "UPDATE 1" in it.screen_text())
    it.pane_b.editor.load_text(UPDATE)
    await it.press("f3", "f5")
    await it.until(lambda: UPDATE in it.b.sent)
    it.a.answer("commit", Refused(CONFLICT, 0.01))
    await it.press("f2", "f5")


async def test_the_card_of_a_conflict_is_in_japanese() -> None:
    speak("ja")
    a, b = (FakeSession(region, {UPDATE: Done("UPDATE 1", 0.004)}) for region in ("us-east-1", "us-east-2"))
    async with console(SMALL, a=a, b=b) as it:
        await lost_conflict(it)
        await it.until(lambda: "競合 OC000" in it.screen_text())
        text = it.screen_text()
        assert "ペインBが先にコミットしました" in text
        assert "BEGINから再試行" in text
        assert cut_off(it) == []


async def test_a_lost_connection_is_told_in_japanese() -> None:
    speak("ja")
    async with console(
        SMALL,
        a=FakeSession(
            "us-east-1",
            {"select 1": Lost("server closed the connection", TransactionState.IDLE, was_sent=True, duration_s=0.01)},
        ),
    ) as it:
        it.write("select 1")
        await it.press("f5")
        await it.until(lambda: "接続が失われました" in it.screen_text())
        assert "自動では何も再実行しません" in it.screen_text()
        assert cut_off(it) == []


async def test_the_language_is_switched_while_the_console_runs() -> None:
    async with console(SMALL) as it:
        assert "F1 Help" in it.screen_text()
        await it.press("ctrl+g", "g")
        await it.until(lambda: "F1 ヘルプ" in it.screen_text())
        assert language() == "ja"
        await it.press("ctrl+g", "g")
        await it.until(lambda: "F1 Help" in it.screen_text())


def test_what_the_start_screen_offers_stands_in_columns_and_fits() -> None:
    speak("ja")
    for entry in (SIMULATOR, GUIDED_LABS, SAMPLE_DATA):
        line = entry_line(entry)
        title, _space, detail = line.strip().partition("  ")
        assert cell_len(line[: line.index(detail.strip())]) == 36, title
        assert cell_len(line) <= 76, detail


async def test_the_help_searches_japanese() -> None:
    speak("ja")
    async with console(SMALL) as it:
        await it.press("f1")
        await it.until(lambda: "キーとコマンド" in it.screen_text())
        lines = [line for line in it.screen_text().splitlines() if "矢印" in line or "^K" in line]
        assert (
            len({cell_len(line[: line.index(word)]) for line, word in zip(lines, ("選択し", "行末"), strict=True)}) == 1
        )
        await it.press(*"競合")
        await it.until(lambda: "OC000" not in it.screen_text() and "競合" in it.screen_text())
        assert cut_off(it) == []


async def test_text_of_an_input_method_arrives_in_one_piece() -> None:
    async with console(SMALL) as it:
        it.pane_a.editor.focus()
        await it.press(*"select '", *"東京都", *"'")
        assert it.pane_a.editor.text == "select '東京都'"


async def test_wide_values_stand_in_columns() -> None:
    answer = rows("id 市区町村", ("1", "東京"), ("2", "大阪府堺市"), ("3", "ab"))
    async with console(SMALL, a=FakeSession("us-east-1", {"select 1": answer})) as it:
        it.write("select 1")
        await it.press("f5")
        await it.until(lambda: "大阪府堺市" in it.screen_text())
        lines = it.screen_text().splitlines()
        assert {cell_len(line) for line in lines} == {80}
        places = {
            cell_len(line[: line.index(word)]) for word in ("東京", "大阪府堺市") for line in lines if word in line
        }
        assert len(places) == 1


MIXED = ("東京都", "が\u3099き", "𠮷野家 髙﨑", "😀 face", "🇯🇵 flag", "e\u0301 combining", "ｱｲｳ", "１２３　")
"""Full-width and half-width letters, combining marks, letters beyond the first plane, signs of two code points."""


def bars(it: Console) -> list[list[int]]:
    """Where the columns' rules stand in each line that has some, in cells."""
    lines = [line for line in it.screen_text().splitlines() if " │ " in line]
    return [[cell_len(line[:at]) for at, letter in enumerate(line) if letter == "│"] for line in lines]


async def test_mixed_values_stand_in_columns_in_grid_record_and_comparison() -> None:
    a, b = (
        FakeSession(region, {"table t": rows("id 値 備考", *((str(n), text, "x") for n, text in enumerate(texts)))})
        for region, texts in (("us-east-1", MIXED), ("us-east-2", (*MIXED[:-1], "別の値😀")))
    )
    async with console((80, 40), a=a, b=b) as it:
        it.write("table t")
        await it.press("f5")
        await it.until(lambda: "face" in it.screen_text())
        assert len(bars(it)) == len(MIXED) + 1
        assert len({tuple(places) for places in bars(it)}) == 1
        await it.press("f4", "down", "down", "down", "r")
        await it.until(lambda: "record 4 of 8" in it.screen_text())
        assert len({tuple(places) for places in bars(it)}) == 1
        await it.press("escape")
        it.pane_b.editor.load_text("table t")
        await it.press("f3", "f5")
        await it.until(lambda: "別の値😀" in it.screen_text())
        await it.press("ctrl+g", "d")
        await it.until(lambda: "~" in it.screen_text())
        assert {len(places) for places in bars(it)} == {3}
        assert len({tuple(places) for places in bars(it)}) <= 2, "each pane has its own widths"
