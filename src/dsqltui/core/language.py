"""The one way to a person's language: `_` and `ngettext` where a sentence is said, `N_` where a table holds one.

The English sentence stands in the code, once, and is what a catalog is asked for. In English there is no catalog, and
asking costs a function call. Tables are made when a module is imported, and the language can change while the console
runs: they mark their texts with `N_`, and whoever shows them says `_(text)`. What a program reads, and what is written
to files, stays English.
"""

from typing import Protocol

ENGLISH, JAPANESE = "en", "ja"
LANGUAGES = (ENGLISH, JAPANESE)


class Translations(Protocol):
    """What `gettext.GNUTranslations` is."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, msgid1: str, msgid2: str, n: int, /) -> str: ...


_catalog: Translations | None = None
_language = ENGLISH


def use(language: str, catalog: Translations | None) -> None:
    """Speak that language from now on; English has no catalog."""
    global _catalog, _language
    _catalog, _language = catalog, language


def language() -> str:
    """The code of the language that is spoken now: "en" or "ja"."""
    return _language


def _(message: str) -> str:
    """The message in the person's language. Values are filled in afterwards: `_("{rows} rows").format(rows=3)`."""
    return message if _catalog is None or not message else _catalog.gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The form of the message that goes with a count."""
    if _catalog is None:
        return one if count == 1 else many
    return _catalog.ngettext(one, many, count)


def counted(count: int, noun: str) -> str:
    """`1 row`, `1,000 rows`, `1,000行`; `noun` is the English one, of a single thing."""
    if _catalog is None:
        return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
    return _("{count:,} {noun}").format(count=count, noun=_(noun))


def as_sentence(text: str) -> str:
    """The text as a sentence of its own: with a capital letter and a full stop, or a 。."""
    if _catalog is None:
        return f"{text[:1].upper()}{text[1:].rstrip('.')}."
    return text if text.endswith(("。", "か？")) else f"{text.rstrip('.')}。"


def N_(message: str) -> str:  # noqa: N802 - gettext's name, which the extraction looks for
    """Marks a message of a table; it is translated where it is shown."""
    return message
