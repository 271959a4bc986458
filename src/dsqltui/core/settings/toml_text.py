"""The settings as TOML: reading with the place of every mistake, the template, what differs from the defaults.

[console]
rows = 500
"""

import dataclasses
import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dsqltui.core.language import _, as_sentence
from dsqltui.core.settings.field import Section, Value, accepted, sections_of, settings_of, wanted_words, written
from dsqltui.core.settings.sections import Settings

Path = tuple[str, ...]
"""Section and name: ("console", "rows"), ("connections", "prod", "user")."""


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """Something wrong in the text."""

    path: Path
    """Empty when the text is no TOML at all."""
    text: str
    """The sentence without the place."""
    line: int | None = None
    """From 1; None when it is nowhere in the text."""

    def sentence(self, source: str) -> str:
        """With the file and the line in front."""
        place = _("{source}, line {line}").format(source=source, line=self.line) if self.line else source
        return f"{place}: {self.text}"


class SettingsWrong(Exception):
    """The text cannot be used; nothing of it was. `str()` holds one sentence per line."""

    def __init__(self, source: str, problems: Sequence[SettingsProblem]) -> None:
        super().__init__("\n".join(problem.sentence(source) for problem in problems))
        self.problems = tuple(problems)


def parse(text: str, source: str) -> Settings:
    """The settings of a TOML text; `source` names it in messages. Raises SettingsWrong with every mistake."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingsWrong(source, [_of_syntax(problem, text)]) from None
    problems: list[SettingsProblem] = []
    read: dict[str, Any] = {}
    known = {section.name: section for section in sections_of(Settings)}
    for name, table in document.items():
        section = known.get(name)
        if section is None:
            problems.append(
                SettingsProblem(
                    (name,), _("there is no section [{name}]{meant}.").format(name=name, meant=_meant(name, known))
                )
            )
        elif not isinstance(table, dict):
            problems.append(
                SettingsProblem(
                    (name,), _("{name} is a section: write [{name}] on a line of its own.").format(name=name)
                )
            )
        else:
            read[name] = _read_section(section, table, problems)
    raise_if_wrong(problems, text, source)
    return Settings(**read)


def raise_if_wrong(problems: Sequence[SettingsProblem], text: str, source: str) -> None:
    """Raises SettingsWrong when there are problems, each with its line in the text."""
    if problems:
        lines = LineFinder(text)
        placed = [dataclasses.replace(problem, line=lines.line_of(problem.path)) for problem in problems]
        raise SettingsWrong(source, sorted(placed, key=lambda problem: problem.line or 0))


class LineFinder:
    """Where a key stands in a TOML text. Reads the text once more for each line: made when something is wrong."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines(keepends=True)
        self._found: list[tuple[int, dict[str, Any]]] | None = None

    def line_of(self, path: Path) -> int | None:
        """The line, from 1, on which the key or section begins; of the nearest section above when it is not there."""
        if self._found is None:
            self._found = list(self._readable())
        for length in range(len(path), 0, -1):
            begin = 1
            for line, document in self._found:
                if _holds(document, path[:length]):
                    return begin
                begin = line + 1
        return None

    def _readable(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every number of lines from the top that is TOML by itself, with its content."""
        for count in range(1, len(self._lines) + 1):
            try:
                yield count, tomllib.loads("".join(self._lines[:count]))
            except tomllib.TOMLDecodeError:
                continue  # within a value of several lines


def _holds(document: Any, path: Path) -> bool:
    for name in path:
        if not isinstance(document, dict) or name not in document:
            return False
        document = document[name]
    return True


def _of_syntax(problem: tomllib.TOMLDecodeError, text: str) -> SettingsProblem:
    told, _unused, place = str(problem).partition(" (at ")
    words = place.removesuffix(")").split()  # "line 3, column 7", or "end of document"
    line = int(words[1].rstrip(",")) if words[:1] == ["line"] else len(text.splitlines())
    return SettingsProblem(
        (), _("this is not TOML: {told}{told_2}.").format(told=told[:1].lower(), told_2=told[1:]), line
    )


def _read_section(section: Section, table: Mapping[str, Any], problems: list[SettingsProblem]) -> object:
    if section.of is None:
        return _read_free((section.name,), table, problems)
    if not section.is_named:
        return _read_fields(section.of, (section.name,), table, problems)
    named = {}
    for name, inner in table.items():
        if isinstance(inner, dict):
            named[name] = _read_fields(section.of, (section.name, name), inner, problems)
        else:
            text = _("{name}.{name_2} is outside a section: write [{name}.NAME] above it.").format(
                name=section.name, name_2=name
            )
            problems.append(SettingsProblem((section.name, name), text))
    return named


def _read_free(path: Path, table: Mapping[str, Any], problems: list[SettingsProblem]) -> dict[str, tuple[str, ...]]:
    """Names within names are joined by dots: `grid.copy_value`."""
    read = {}
    for key, value in table.items():
        items = [value] if isinstance(value, str) else value
        if isinstance(value, dict):
            inner = _read_free((*path, key), value, problems)
            read.update({f"{key}.{name}": keys for name, keys in inner.items()})
        elif isinstance(items, list) and all(isinstance(item, str) for item in items):
            read[key] = tuple(items)
        else:
            text = _("{join} must be a text or a list of texts, not {written}.").format(
                join=".".join((*path, key)), written=written(value)
            )
            problems.append(SettingsProblem((*path, key), text))
    return read


def _read_fields(of: type, path: Path, table: Mapping[str, Any], problems: list[SettingsProblem]) -> object:
    known = {setting.name: setting for setting in settings_of(of)}
    read: dict[str, Value] = {}
    for name, value in table.items():
        place = ".".join((*path, name))
        if name not in known:
            problems.append(
                SettingsProblem(
                    (*path, name),
                    _("there is no setting {place}{meant}.").format(place=place, meant=_meant(name, known)),
                )
            )
            continue
        read[name], trouble = accepted(known[name], value)
        if trouble:
            problems.append(SettingsProblem((*path, name), f"{place} {trouble}."))
    return None if problems else of(**read)


def _meant(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return (
        _("; did you mean {near}?").format(near=near[0])[:-1]
        if near
        else _("; there are {known}").format(known=", ".join(known))
        if known
        else ""
    )


def template() -> str:
    """A file with every setting in comments: its description, what it may be, its default."""
    return "".join(_template_lines())


def _template_lines() -> Iterator[str]:
    first = _("Settings of dsqltui. Remove the # before one to change it; `dsqltui config validate` checks the file.")
    yield f"# {first}\n"
    for section in sections_of(Settings):
        settings = settings_of(section.of) if section.of else ()
        if section.of and not settings:
            continue
        about = _(section.text)
        yield f"\n# {about}\n"
        yield f"#[{section.name}.NAME]\n" if section.is_named else f"[{section.name}]\n"
        for setting in settings:
            about, words = _(setting.about.text), as_sentence(wanted_words(setting))
            yield f"# {about} {words}\n"
            yield f"#{setting.name} = {written(setting.default) if setting.default is not None else ''}\n"


def shown(settings: Settings) -> str:
    """All settings as TOML; what differs from its default is marked with it."""
    return "\n".join(_shown_lines(settings))


def _shown_lines(settings: Settings) -> Iterator[str]:
    is_first = True
    for section in sections_of(Settings):
        value = getattr(settings, section.name)
        tables: list[tuple[str, object]] = (
            [(f"{section.name}.{_bare(name)}", inner) for name, inner in value.items()]
            if section.is_named
            else [(section.name, value)]
        )
        for title, table in tables:
            lines = list(_shown_table(section, table))
            if lines:
                yield from ([] if is_first else [""])
                yield f"[{title}]"
                yield from lines
                is_first = False


def _shown_table(section: Section, table: Any) -> Iterator[str]:
    if section.of is None:
        yield from (f"{_bare(name)} = {written(keys)}" for name, keys in table.items())
        return
    for setting in settings_of(section.of):
        value = getattr(table, setting.name)
        if value is not None:
            mark = "" if value == setting.default or section.is_named else f"  # default: {written(setting.default)}"
            yield f"{setting.name} = {written(value)}{mark}"


def _bare(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else written(name)


def with_value(text: str, path: tuple[str, str], value: Value) -> str:
    """The text with one setting changed and everything else as it was.

    Raises SettingsWrong when the text itself is wrong, ValueError when the value stands over several lines.
    """
    section, name = path
    before = parse(text, "the settings")
    line = f"{name} = {written(value)}\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    document = tomllib.loads(text)
    finder = LineFinder(text)
    if _holds(document, path):
        at = (finder.line_of(path) or 1) - 1
        lines[at] = line
    elif _holds(document, (section,)):
        at = (finder.line_of((section,)) or 1) - 1
        commented = _commented(lines, at + 1, name)
        if commented is None:
            lines.insert(at + 1, line)
        else:
            lines[commented] = line
    else:
        lines += ["\n", f"[{section}]\n", line]
    changed = "".join(lines)
    wanted = dataclasses.replace(before, **{section: dataclasses.replace(getattr(before, section), **{name: value})})
    try:
        is_right = parse(changed, "the settings") == wanted
    except SettingsWrong:
        is_right = False
    if not is_right:
        raise ValueError(
            _("{section}.{name} is written in a way that only you can change").format(section=section, name=name)
        )
    return changed


def _commented(lines: Sequence[str], start: int, name: str) -> int | None:
    """Where the template's line for a setting is: `#name = ...` before the next section."""
    for at in range(start, len(lines)):
        if lines[at].lstrip().startswith(("[", "#[")):
            return None
        if lines[at].startswith(f"#{name} ="):
            return at
    return None


def overridden(settings: Settings, section: str, **values: Value) -> Settings:
    """The settings with what the command line said about one section; None says nothing."""
    said = {name: value for name, value in values.items() if value is not None}
    return dataclasses.replace(settings, **{section: dataclasses.replace(getattr(settings, section), **said)})
