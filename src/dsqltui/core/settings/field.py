"""What a setting is: a typed field of a dataclass with its description, its unit and what it may be.

The tables of them are in `core.settings.sections`; parsing, the template and `config show` are made from those.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from dsqltui.core.language import _

T = TypeVar("T")

Value = bool | int | float | str | tuple[str, ...] | None
"""What a setting can hold; None where nothing was set and there is no default."""

_ABOUT = "about"
_IS_TABLE_OF = "is_table_of"


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a setting besides its name, type and default."""

    text: str
    """One sentence for the template, `config show` and the documentation."""
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    choices: tuple[str, ...] = ()
    """All it may be, for text; empty when any text will do."""
    check: Callable[[Any], str] | None = None
    """Why a value of the right type will not do, as the end of "NAME ..."; empty when it will."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a section."""

    name: str
    default: Value
    type: Any
    about: About


def setting(
    default: T,
    text: str,
    *,
    unit: str = "",
    at_least: float | None = None,
    at_most: float | None = None,
    choices: tuple[str, ...] = (),
    check: Callable[[Any], str] | None = None,
) -> T:
    """A field of a section, its type annotated: bool, int, float, str, tuple[str, ...], or one `| None`."""
    about = About(text, unit, at_least, at_most, choices, check)
    return dataclasses.field(default=default, metadata={_ABOUT: about})


def section(of: type[T], text: str) -> T:
    """A section `[NAME]` with the settings of a dataclass."""
    return dataclasses.field(default_factory=of, metadata={_ABOUT: About(text)})


def named_sections(of: type[T], text: str) -> Mapping[str, T]:
    """Sections `[NAME.ANYTHING]`, each with the settings of a dataclass."""
    return dataclasses.field(default_factory=dict, metadata={_ABOUT: About(text), _IS_TABLE_OF: of})


def free_section(text: str) -> Mapping[str, tuple[str, ...]]:
    """A section `[NAME]` of which the names are not known here; each is a text or a list of texts."""
    return dataclasses.field(default_factory=dict, metadata={_ABOUT: About(text)})


def settings_of(owner: type) -> tuple[Setting, ...]:
    """The settings of a section's dataclass, in order."""
    hints = get_type_hints(owner)
    return tuple(
        Setting(field.name, cast(Value, field.default), hints[field.name], field.metadata[_ABOUT])
        for field in dataclasses.fields(owner)
    )


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the file."""

    name: str
    text: str
    of: type | None
    """Dataclass of its settings; None when their names are free."""
    is_named: bool
    """Whether it is a family of sections `[name.ANYTHING]`."""


def sections_of(owner: type) -> tuple[Section, ...]:
    """The sections of a settings dataclass, in order."""
    hints = get_type_hints(owner)
    sections = []
    for field in dataclasses.fields(owner):
        table_of = field.metadata.get(_IS_TABLE_OF)
        hint = hints[field.name]
        of = table_of or (hint if dataclasses.is_dataclass(hint) else None)
        assert of is None or isinstance(of, type)
        sections.append(Section(field.name, field.metadata[_ABOUT].text, of, table_of is not None))
    return tuple(sections)


def accepted(of: Setting, value: object) -> tuple[Value, str]:
    """The value as the setting's type, and why it will not do, as the end of "NAME ..."; empty when it will."""
    wanted = of.type
    options = tuple(option for option in get_args(wanted) if option is not type(None)) or (wanted,)
    if get_origin(wanted) is tuple:
        options = (wanted,)
    kind = options[0]
    shown = written(value)
    if get_origin(kind) is tuple:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return None, _("must be a text or a list of texts, not {shown}").format(shown=shown)
        return _checked(of, tuple(value), shown)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        return None, _("must be {wanted_words}, not {shown}").format(wanted_words=wanted_words(of), shown=shown)
    assert isinstance(value, bool | int | float | str)
    return _checked(of, value, shown)


def _checked(of: Setting, value: Value, shown: str) -> tuple[Value, str]:
    about = of.about
    items = value if isinstance(value, tuple) else (value,)
    if about.choices and not all(item in about.choices for item in items):
        return None, _("must be {wanted_words}, not {shown}").format(wanted_words=wanted_words(of), shown=shown)
    if isinstance(value, int | float) and not isinstance(value, bool):
        too_small = about.at_least is not None and value < about.at_least
        if too_small or (about.at_most is not None and value > about.at_most):
            return None, _("must be {wanted_words}, not {shown}").format(wanted_words=wanted_words(of), shown=shown)
    return value, about.check(value) if about.check else ""


def wanted_words(of: Setting) -> str:
    """What it may be: `a whole number from 1 to 100000 rows`."""
    about = of.about
    if about.choices:
        return _("one of ") + ", ".join(written(choice) for choice in about.choices)
    names = {bool: _("true or false"), int: _("a whole number"), float: _("a number"), str: _("a text")}
    kinds = [option for option in (of.type, *get_args(of.type)) if option in names]
    words = names[kinds[0]] if kinds and get_origin(of.type) is not tuple else _("a text or a list of texts")
    if about.at_least is not None and about.at_most is not None:
        words += _(" from {at_least} to {at_most}").format(at_least=about.at_least, at_most=about.at_most)
    elif about.at_least is not None:
        words += _(" of at least {at_least}").format(at_least=about.at_least)
    elif about.at_most is not None:
        words += _(" of at most {at_most}").format(at_most=about.at_most)
    return _("{words} {unit}").format(words=words, unit=_(about.unit)) if about.unit else words


def written(value: object) -> str:
    """A value as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(written(item) for item in value)}]"
        case dict():
            return _("a section")
    return str(value)
