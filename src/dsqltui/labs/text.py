"""What a lab says, in the two languages it is written in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.language import JAPANESE, language

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[ab])?)\}")


class Language(Enum):
    """A reader's language."""

    ENGLISH = "en"
    JAPANESE = "ja"

    @property
    def other(self) -> "Language":
        """The one to change to."""
        return Language.ENGLISH if self is Language.JAPANESE else Language.JAPANESE


@dataclass(frozen=True, slots=True)
class Text:
    """The same thing said twice."""

    en: str
    ja: str

    def of(self, language: Language) -> str:
        """In that language."""
        return self.ja if language is Language.JAPANESE else self.en

    @property
    def spoken(self) -> str:
        """In the language that the console speaks."""
        return self.ja if language() == JAPANESE else self.en

    def filled(self, values: Mapping[str, str]) -> "Text":
        """With the values in their places."""
        return Text(filled(self.en, values), filled(self.ja, values))

    def holding(self, name: str, inner: "Text") -> "Text":
        """With another text in the place of that name."""
        return Text(filled(self.en, {name: inner.en}), filled(self.ja, {name: inner.ja}))


def preferred_language(wanted: str, environment: Mapping[str, str]) -> Language:
    """`wanted` ("ja", "en") when it says one; else what LC_ALL, LC_MESSAGES or LANG say; English otherwise."""
    said = wanted or next((v for n in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environment.get(n))), "")
    return Language.JAPANESE if said.lower().startswith("ja") else Language.ENGLISH


def places(text: str) -> tuple[str, ...]:
    """Names of the values that a text has places for: `{job}`, `{endpoint.a}`. Other braces are just braces."""
    return tuple(_PLACE.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with values in their places; a place without a value stays as it is."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def filled_sql(sql: str, values: Mapping[str, str]) -> str:
    """The same for SQL, where places stand between single quotes: a quote in a value is doubled."""
    return filled(sql, {name: value.replace("'", "''") for name, value in values.items()})
