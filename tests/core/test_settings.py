"""Settings as text: what is read, what is refused and where, what is written."""

import tomllib
from dataclasses import dataclass

import pytest

from dsqltui.core.settings.field import Setting, accepted, sections_of, setting, settings_of, written
from dsqltui.core.settings.sections import ConsoleSettings, Settings
from dsqltui.core.settings.toml_text import SettingsWrong, overridden, parse, shown, template, with_value

ALL = [one for section in sections_of(Settings) if section.of for one in settings_of(section.of)]


def wrong(text: str) -> list[str]:
    with pytest.raises(SettingsWrong) as caught:
        parse(text, "config.toml")
    return str(caught.value).split("\n")


def test_an_empty_text_is_the_defaults() -> None:
    assert parse("", "config.toml") == Settings()


def test_what_is_set_is_read_and_the_rest_keeps_its_default() -> None:
    assert parse("[console]\nmouse = false\n", "config.toml").console == ConsoleSettings(mouse=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[consol]\n", "config.toml, line 1: there is no section [consol]; did you mean console."),
        ("\n[console]\nrow = 1\n", "config.toml, line 3: there is no setting console.row; did you mean rows."),
        (
            '[console]\nmouse = true\n\nrows = "many"\n',
            'config.toml, line 4: console.rows must be a whole number from 1 to 100000 rows, not "many".',
        ),
        (
            "console.rows = 0\n",
            "config.toml, line 1: console.rows must be a whole number from 1 to 100000 rows, not 0.",
        ),
        ("[console]\nrows = true\n", "config.toml, line 2: console.rows must be a whole number from 1 to 100000 rows, not true."),
        ("[console]\nrows = [\n 1,\n 2]\n", "config.toml, line 2: console.rows must be a whole number from 1 to 100000 rows, not [1, 2]."),
        ("console = 1\n", "config.toml, line 1: console is a section: write [console] on a line of its own."),
        ("[console]\nrows =\n", "config.toml, line 2: this is not TOML: invalid value."),
        ("[console]\nrows = 1\nrows = 2", "config.toml, line 3: this is not TOML: cannot overwrite a value."),
        ("[connections]\nprod = 1\n", "config.toml, line 2: connections.prod is outside a section: write [connections.NAME] above it."),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_key_and_what_may_stand_there(text: str, said: str) -> None:
    assert wrong(text) == [said]


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines() -> None:
    said = wrong("[console]\nmouse = 1\nrows = 0\n[nowhere]\n")
    assert [line.split(":")[0] for line in said] == [f"config.toml, line {line}" for line in (2, 3, 4)]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_every_setting_is_described_and_its_default_will_do(one: Setting) -> None:
    assert one.about.text.endswith(".")
    if one.default is not None:
        plain = list(one.default) if isinstance(one.default, tuple) else one.default
        assert accepted(one, plain) == (one.default, "")


def test_the_template_is_the_defaults_and_names_every_setting() -> None:
    text = template()
    assert parse(text, "template") == Settings()
    for one in ALL:
        assert f"\n#{one.name} = " in text
        assert one.about.text in text


def test_the_template_is_still_right_with_every_comment_sign_removed() -> None:
    lines = [
        line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in template().split("\n")
    ]
    lines = [line for line in lines if not line.endswith(" = ")]
    parsed = parse("\n".join(lines), "template")
    for section in sections_of(Settings):
        if not section.is_named:
            assert getattr(parsed, section.name) == getattr(Settings(), section.name)


def test_what_differs_from_the_default_is_marked_and_the_whole_can_be_read_again() -> None:
    settings = Settings(console=ConsoleSettings(rows=5))
    text = shown(settings)
    assert "rows = 5  # default: 1000\ntheme = " in f"{text}\n"
    assert parse(text, "shown") == settings


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "\n[console]\nrows = 7\n"),
        ("# mine\n[console]\n# rows = 3\nmouse = false # why", "# mine\n[console]\nrows = 7\n# rows = 3\nmouse = false # why\n"),
        ("[console]\nmouse = false\n# All.\n#rows = 1000\n[guards]\n", "[console]\nmouse = false\n# All.\nrows = 7\n[guards]\n"),
        ("[console]\nmouse = false\nrows = 3\n[guards]\n", "[console]\nmouse = false\nrows = 7\n[guards]\n"),
    ],
)  # fmt: skip
def test_one_value_is_changed_and_the_rest_of_the_text_stays(before: str, after: str) -> None:
    assert with_value(before, ("console", "rows"), 7) == after


@pytest.mark.parametrize("before", ["console.rows = 3\n", "console = { rows = 3 }\n"])
def test_a_value_in_another_form_is_left_to_the_person(before: str) -> None:
    with pytest.raises(ValueError, match=r"console\.rows"):
        with_value(before, ("console", "rows"), 7)


def test_the_command_line_wins_where_it_says_something() -> None:
    settings = overridden(Settings(), "console", rows=9, mouse=None)
    assert settings.console == ConsoleSettings(rows=9, mouse=True)


@dataclass(frozen=True)
class _Kinds:
    number: float = setting(1.5, "A number.", unit="s", at_least=0.0)
    name: str | None = setting(None, "A name, or none.")
    pick: str = setting("a", "One of two.", choices=("a", "b"))
    many: tuple[str, ...] = setting((), "Several.")


@pytest.mark.parametrize(
    ("name", "value", "gives"),
    [
        ("number", 2, (2.0, "")),
        ("number", -1, (None, "must be a number of at least 0.0 s, not -1")),
        ("name", "x", ("x", "")),
        ("name", 1, (None, "must be a text, not 1")),
        ("pick", "c", (None, 'must be one of "a", "b", not "c"')),
        ("many", "x", (("x",), "")),
        ("many", ["x", "y"], (("x", "y"), "")),
        ("many", [1], (None, "must be a text or a list of texts, not [1]")),
    ],
)
def test_the_annotation_is_the_type(name: str, value: object, gives: tuple[object, str]) -> None:
    one = next(one for one in settings_of(_Kinds) if one.name == name)
    assert accepted(one, value) == gives


@pytest.mark.parametrize("value", [True, 3, 1.5, 'a"\\\n\x07\x7fé', ["a", "b"]])
def test_values_are_written_as_toml(value: object) -> None:
    assert tomllib.loads(f"x = {written(value)}")["x"] == value
