"""TOML tables read with care: every problem names the file, the place and the key, and all of them are told at once."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsqltui.core.language import _
from dsqltui.labs.text import Text

_OF_FORMAT_2 = frozenset(
    {
        "solution",
        "skeleton",
        "predict",
        "quiz",
        "design",
        "ways",
        "own",
        "values",
        "at_least_ms",
        "at_most_ms",
        "prepares",
    }
)


@dataclass(frozen=True, slots=True)
class LabProblem:
    """What is wrong with a lab file."""

    file: Path
    where: str
    """`step 'a-commits'`; empty for the lab itself."""
    key: str
    """Dotted, from the place on; empty when no key is to blame."""
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.file), self.where, self.key, self.message) if part)


class LabUnreadable(Exception):
    """A lab file cannot be used. The message has one line for each problem."""

    def __init__(self, problems: Iterable[LabProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True)
class TableReader:
    """One table. What is wrong is noted in `problems`, and a harmless value is given back in its place."""

    file: Path
    table: Mapping[str, Any]
    problems: list[LabProblem]
    where: str = ""
    path: str = ""
    warnings: list[LabProblem] = field(default_factory=list)
    """What can be used as it is, and should be better."""
    new_keys: list[tuple[str, str]] = field(default_factory=list)
    """Keys of format 2 that were met, with their place."""
    _read: set[str] = field(default_factory=set)

    def wrong(self, key: str, message: str) -> None:
        """Note a problem with a key of this table."""
        self.problems.append(LabProblem(self.file, self.where, f"{self.path}{key}", message))

    def has(self, key: str) -> bool:
        """Whether the table has it."""
        if key in _OF_FORMAT_2 and key in self.table:
            self.new_keys.append((self.where, f"{self.path}{key}"))
        return key in self.table

    def text(self, key: str, *, default: str | None = None) -> str:
        """A string with something in it; required without a default."""
        value = self._value(key, is_required=default is None)
        if value is None:
            return default or ""
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.wrong(key, _('must be a text: write "{value}"').format(value=value))
            return default or ""
        self.wrong(key, _("must be a text that is not empty"))
        return default or ""

    def number(self, key: str, *, default: int | None = None) -> int | None:
        """A whole number, 0 or more."""
        value = self._value(key, is_required=False)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.wrong(key, _("must be a whole number"))
        return default

    def flag(self, key: str) -> bool:
        """true or false; false when it is not there."""
        value = self._value(key, is_required=False)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(key, _("must be true or false"))
        return False

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty when it is not there."""
        value = self._value(key, is_required=False)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.wrong(key, _('must be a list of texts: ["one", "two"]'))
        return ()

    def rows(self, key: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of strings."""
        value = self._value(key, is_required=False)
        if value is None:
            return ()
        if isinstance(value, list) and all(
            isinstance(row, list) and row and all(isinstance(item, str) for item in row) for row in value
        ):
            return tuple(tuple(row) for row in value)
        self.wrong(key, _('must be a list of rows: [["one", "two"]]'))
        return ()

    def both(self, key: str, *, is_required: bool = True) -> Text | None:
        """A text in both languages: `say.en` and `say.ja`."""
        value = self._value(key, is_required=is_required)
        if value is None:
            return Text("", "") if is_required else None
        return self.text_of(key, value)

    def required_both(self, key: str) -> Text:
        """`both`, never None."""
        return self.both(key) or Text("", "")

    def text_of(self, key: str, value: Any) -> Text:
        """`value`, the table of a key (empty: this table), as a text in both languages."""
        said = value if isinstance(value, dict) else {}
        prefix = f"{key}." if key else ""
        given = {
            lang: said[lang].strip() for lang in ("en", "ja") if isinstance(said.get(lang), str) and said[lang].strip()
        }
        missing = [language for language in ("en", "ja") if language not in given]
        if len(missing) == 2:
            self.wrong(f"{prefix}en", _("is missing; say it in one language at least: en or ja"))
        elif missing:
            self.warnings.append(
                LabProblem(
                    self.file, self.where, f"{self.path}{prefix}{missing[0]}", _("is missing; the other one is shown")
                )
            )
        for other in set(said) - {"en", "ja"}:
            self.wrong(f"{prefix}{other}", _("is no language; there are en and ja"))
        return Text(given.get("en", given.get("ja", "")), given.get("ja", given.get("en", "")))

    def inner(self, key: str) -> "TableReader":
        """A table in this one; an empty one when it is not there."""
        value = self._value(key, is_required=True)
        if value is not None and not isinstance(value, dict):
            self.wrong(key, _("must be a table"))
        return self._at(value if isinstance(value, dict) else {}, f"{self.path}{key}.")

    def each(self, key: str, *, is_required: bool = False) -> list["TableReader"]:
        """The tables of a list, `[[key]]`."""
        value = self._value(key, is_required=is_required)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.wrong(key, _("must be a list of tables: write [[{key}]]").format(key=key))
            return []
        return [self._at(item, f"{self.path}{key}[{index}].") for index, item in enumerate(value, 1)]

    def end(self) -> None:
        """Everything was read: what is left is misspelt."""
        for key in self.table:
            if key not in self._read:
                near = difflib.get_close_matches(key, self._read, n=1)
                if near:
                    self.wrong(key, _("is no key here; did you mean {near}?").format(near=near[0]))
                else:
                    self.wrong(key, _("is no key here"))

    def _value(self, key: str, *, is_required: bool) -> Any:
        self._read.add(key)
        if key in _OF_FORMAT_2 and key in self.table:
            self.new_keys.append((self.where, f"{self.path}{key}"))
        if key not in self.table:
            if is_required:
                self.wrong(key, _("is missing"))
            return None
        return self.table[key]

    def _at(self, table: Mapping[str, Any], path: str) -> "TableReader":
        return TableReader(self.file, table, self.problems, self.where, path, self.warnings, self.new_keys)
