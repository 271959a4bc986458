"""The console in Japanese: the catalog holds what the code says, no more and no less; which language is spoken."""

import ast
import gettext
import importlib.util
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from dsqltui.commands.program import cli
from dsqltui.commands.words.help_language import without_language
from dsqltui.core import language
from dsqltui.core.answers.describe import tables_of, text_of
from dsqltui.core.psql import Listing, ListObjects
from dsqltui.core.settings.sections import Settings
from dsqltui.core.settings.toml_text import parse, template
from dsqltui.core.text.wrapping import cells
from dsqltui.po_files import PoEntry, compiled, entries
from dsqltui.spoken import chosen, speak, speak_as_asked
from dsqltui.store.settings_file import save_setting, settings_path

ROOT = Path(__file__).resolve().parents[1]
JAPANESE = ROOT / "src" / "dsqltui" / "locale" / "ja" / "LC_MESSAGES" / "dsqltui.po"
PLACE = re.compile(r"\{[^{}]*\}|%\(\w+\)s")


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en")


@cache
def tool() -> ModuleType:
    """tools/messages.py, which no package holds."""
    spec = importlib.util.spec_from_file_location("messages", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def of_the_catalog() -> tuple[PoEntry, ...]:
    return tuple(entry for entry in entries(JAPANESE.read_text(encoding="utf-8")) if entry.id)


def places(text: str) -> list[str]:
    return sorted(PLACE.findall(text))


def test_the_catalog_has_every_message_of_the_code_and_no_other() -> None:
    code = {message.id[0] if isinstance(message.id, tuple) else message.id for message in tool().of_the_code()} - {""}
    known = {entry.id for entry in of_the_catalog()}
    assert sorted(code - known) == [], "run `make messages`, then translate what is new"
    assert sorted(known - code) == [], "run `make messages`: these are in the code no more"


def test_no_message_is_inside_an_f_string() -> None:
    """Where extraction does not see it before Python 3.12."""
    marks = ("_", "N_", "ngettext")
    inside = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in (ROOT / "src").rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in marks
        if isinstance(call.args[0], ast.Constant)
    ]
    assert inside == []


SPEAKING = frozenset(
    "echo secho confirm prompt Static update tell say part ClickException UsageError BadParameter"
    " ConnectFailed LoadFailed CommandFailed FaultsRefused".split()
)
"""Calls whose first text a person reads."""


def test_what_is_said_goes_through_the_catalog() -> None:
    """A sentence is two words of small letters beside each other, and marked."""

    def name_of(call: ast.Call) -> str:
        return getattr(call.func, "attr", getattr(call.func, "id", ""))

    def is_sentence(text: ast.expr) -> bool:
        parts = text.values if isinstance(text, ast.JoinedStr) else [text]
        constants = [str(part.value) if isinstance(part, ast.Constant) else "0" for part in parts]
        return isinstance(text, ast.JoinedStr | ast.Constant) and bool(
            re.search("[a-z]{2,} [a-z]{2,}", "".join(constants))
        )

    unmarked = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in (ROOT / "src").rglob("*.py")
        if path.parts[-3:] != ("labs", "reports", "report.py")  # says both languages itself
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and call.args and name_of(call) in SPEAKING and is_sentence(call.args[0])
    ]
    assert unmarked == []


def test_every_message_is_translated_and_looked_at() -> None:
    assert [entry.id for entry in of_the_catalog() if not entry.texts.get(0)] == []
    assert [entry.id for entry in of_the_catalog() if entry.is_fuzzy] == []
    assert "#~" not in JAPANESE.read_text(encoding="utf-8")


def test_a_translation_has_the_same_places_for_values() -> None:
    differing = [
        entry.id
        for entry in of_the_catalog()
        if any(places(text) != places(entry.plural or entry.id) for text in entry.texts.values())
    ]
    assert differing == []


def test_a_translation_keeps_the_ends_that_others_build_on() -> None:
    def ends(text: str) -> tuple[str, str]:
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    joins = " and "  # Japanese has no spaces around it
    kept = [entry for entry in of_the_catalog() if entry.id != joins]
    assert [entry.id for entry in kept if ends(entry.texts.get(0, "")) != ends(entry.id)] == []


def test_the_compiled_catalog_says_what_the_text_says() -> None:
    catalog = gettext.GNUTranslations(io.BytesIO(compiled(JAPANESE.read_text(encoding="utf-8"))))
    assert all(catalog.gettext(entry.id) == entry.texts[0] for entry in of_the_catalog() if not entry.plural)
    assert all(catalog.ngettext(e.id, e.plural, 2) == e.texts[0] for e in of_the_catalog() if e.plural)


def test_plurals_and_pieces_of_a_catalog() -> None:
    text = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n#: a.py\nmsgid "{n} row"\nmsgid_plural "{n} rows"\nmsgstr[0] ""\n"{n} "\n"行"\n\n#, fuzzy\nmsgid "Quit"\nmsgstr "やめる"\n'
    catalog = gettext.GNUTranslations(io.BytesIO(compiled(text)))
    assert catalog.ngettext("{n} row", "{n} rows", 1) == "{n} 行"
    assert catalog.gettext("Quit") == "Quit"


@pytest.mark.parametrize(
    ("wanted", "environment", "spoken"),
    [
        ("", {}, "en"),
        ("auto", {"LANG": "ja_JP.UTF-8"}, "ja"),
        ("auto", {"LANG": "ja_JP.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ("auto", {"LANG": "de_DE.UTF-8", "LC_ALL": ""}, "en"),
        ("auto", {"LANG": "C", "LC_MESSAGES": "ja_JP.UTF-8"}, "ja"),
        ("ja", {"LANG": "C"}, "ja"),
        ("en", {"LC_ALL": "ja_JP.UTF-8"}, "en"),
    ],
)
def test_which_language_is_chosen(wanted: str, environment: dict[str, str], spoken: str) -> None:
    assert chosen(wanted, environment) == spoken


def test_the_option_comes_before_the_setting_and_the_setting_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    speak_as_asked(["doctor"])
    assert language.language() == "en"
    path = save_setting("console", "language", "ja")
    try:
        speak_as_asked(["doctor"])
        assert language.language() == "ja"
        speak_as_asked(["lab", "check", "--local", "--junit", "labs.xml"])
        assert language.language() == "en", "a program reads it"
        speak_as_asked(["doctor", "--lang=en"])
        assert language.language() == "en"
    finally:
        path.unlink()
    assert not settings_path().exists()


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["--local", "--lang", "ja"], ["--local"]),
        (["--lang=auto", "doctor"], ["doctor"]),
        (["lab", "run", "--lang", "ja"], ["lab", "run", "--lang", "ja"]),
        (["doctor", "--lang", "de"], ["--lang", "de", "doctor"]),
        (["exec", "--", "--lang", "ja"], ["exec", "--", "--lang", "ja"]),
        (["doctor", "--lang"], ["--lang", "", "doctor"]),
    ],
)
def test_the_option_is_taken_out_where_it_is_right(arguments: list[str], kept: list[str]) -> None:
    assert without_language(arguments) == kept


def test_a_wrong_language_is_refused_by_what_it_is_wherever_it_stands() -> None:
    for arguments in (["doctor", "--lang", "xx"], ["lab", "validate", "x", "--lang=xx"], ["--lang", "xx", "doctor"]):
        said = CliRunner().invoke(cli, arguments)
        assert said.exit_code == 2
        assert "Invalid value for '--lang': 'xx' is not one of" in said.output


def test_clicks_own_words_are_translated() -> None:
    said = CliRunner().invoke(cli, ["lab", "list", "--nope", "--lang", "ja"]).output
    assert "使い方: " in said
    assert "'--nope' というオプションはありません" in said
    assert "No such option '--nope'" in CliRunner().invoke(cli, ["--lang", "en", "lab", "list", "--nope"]).output


def test_help_is_in_the_language_that_is_asked_for() -> None:
    japanese = CliRunner().invoke(cli, ["doctor", "--lang", "ja", "--help"]).output
    english = CliRunner().invoke(cli, ["doctor", "--help"], env={"LC_ALL": "C.UTF-8"}).output
    assert "接続できない原因を調べます" in japanese
    assert "Check why a connection fails" in english


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name in command.list_commands(context := click.Context(command)):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, (*path, name))


def test_every_help_fits_eighty_columns_in_japanese() -> None:
    for path in list(commands(cli)):
        lines = CliRunner().invoke(cli, ["--lang", "ja", *path, "--help"]).output.splitlines()
        assert [line for line in lines if cells(line) > 80] == []
        assert [line for line in lines[1:] if line.endswith("...")] == [], "a sentence of a list is whole"


def test_the_template_of_the_settings_is_in_japanese_and_right() -> None:
    speak("ja")
    text = template()
    assert parse(text, "template") == Settings()
    assert "# 配色。環境変数NO_COLORがあると、すべて無効になります。" in text
    assert "一度に取得する行数" in text


def test_what_d_shows_is_drawn_in_japanese_and_read_in_english() -> None:
    speak("ja")
    facts = [
        ("public", "t", "relation", "r", "btree_index", None, *[None] * 5),
        ("public", "t", "column", "id", "integer", None, "not null", None, *[None] * 3),
        (
            "public",
            "t",
            "index",
            "t_pkey",
            "PRIMARY KEY",
            "CREATE INDEX t_pkey ON t USING btree_index (id)",
            *[None] * 5,
        ),
    ]
    (table,) = tables_of(ListObjects(Listing.DETAILS, "t"), (), facts)
    assert table.columns[0] == "Column"
    lines = text_of(table).splitlines()
    assert lines[0].strip() == 'テーブル "public.t"'
    assert [word.strip() for word in lines[1].split("|")] == ["列", "タイプ", "照合順序", "NULL許容", "デフォルト"]
    assert len({cells(line) for line in lines[1:3]}) == 1
    assert "インデックス:" in lines
