"""`make messages`: every message of the code into the catalog of each language; what is gone from the code goes.

A message that is new, or changed, stands there without a translation; tests/test_language.py says which.
"""

import io
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from dsqltui.commands.program import cli
from dsqltui.commands.words.help_language import every_help
from dsqltui.core.aws.clusters import ClusterStep
from dsqltui.core.journal.journal import Event
from dsqltui.core.psql import COMMANDS
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.settings.field import sections_of, settings_of
from dsqltui.core.settings.sections import Settings
from dsqltui.headless.plain import OWN_COMMANDS
from dsqltui.ui.keys.keymap import ACTIONS, COLUMNS, EDITING, GROUPS, KeyScope
from dsqltui.ui.state.theme import DESCRIPTIONS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "dsqltui"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "counted": (2,)}
HEADER = "# Japanese of dsqltui. `make messages` brings the messages of the code; docs/japanese.md has the terms."


def of_the_code() -> Catalog:
    """Every message, with the files it is in."""
    found = Catalog(domain="dsqltui", charset="utf-8")
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_bytes()
        if b"_(" not in source and b"ngettext(" not in source:
            continue
        for line, message, comments, _context in extract("python", io.BytesIO(source), keywords=KEYWORDS):
            found.add(message, locations=[(path.relative_to(PACKAGE).as_posix(), line)], auto_comments=comments)
    for place, text in of_tables():
        if text not in found:
            found.add(text, locations=[(place, 1)])
    return found


def of_tables() -> Iterator[tuple[str, str]]:
    """Place and message of what stands in tables that nothing but messages would be marked in."""
    yield from (("commands", text) for text in every_help(cli))
    scopes = (scope.value for scope in KeyScope)
    words = (text for action in ACTIONS for text in (action.label, action.description))
    yield from (
        ("ui/keys/keymap.py", text)
        for text in (*scopes, *GROUPS.values(), *(heading for heading, _letters in COLUMNS), *words)
    )
    yield from (("ui/keys/keymap.py", text) for _key, text in EDITING)
    yield from (("core/psql/parsing.py", text) for _usage, text in COMMANDS)
    yield from (("headless/plain.py", text) for _usage, text in OWN_COMMANDS)
    yield from (("ui/state/theme.py", text) for text in DESCRIPTIONS.values())
    for section in sections_of(Settings):
        abouts = [one.about for one in settings_of(section.of)] if section.of else []
        words = (section.text, *(text for about in abouts for text in (about.text, about.unit)))
        yield from (("core/settings/sections.py", text) for text in words if text)
    shown: tuple[type[Enum], ...] = (TransactionState, ConnectionStatus, ClusterStep, Event)
    yield from ((f"{one.__module__.removeprefix('dsqltui.')}", member.value) for one in shown for member in one)


def catalog(language: str) -> Path:
    """The file of a language."""
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "dsqltui.po"


def updated(language: str) -> Catalog:
    """A language's catalog with the code's messages."""
    path = catalog(language)
    old = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)
    new = of_the_code()
    for message in new:
        known = old.get(message.id) if message.id else None
        if known is not None and known.id == message.id:
            message.string = known.string
        message.flags.discard("python-format")
        message.flags.discard("python-brace-format")
    return new


def write(language: str, new: Catalog) -> None:
    """In the order of files, one line for each sentence, without line numbers: merges and reviews stay small."""
    text = io.BytesIO()
    new.locale = language
    write_po(text, new, width=0, sort_by_file=True, include_lineno=False, omit_header=True)
    forms = r'"Plural-Forms: nplurals=1; plural=0;\n"'
    head = "\n".join(
        [
            HEADER,
            'msgid ""',
            'msgstr ""',
            rf'"Language: {language}\n"',
            forms,
            r'"Content-Type: text/plain; charset=utf-8\n"',
        ]
    )
    catalog(language).write_text(f"{head}\n\n{text.getvalue().decode().strip()}\n", encoding="utf-8")


def main() -> None:
    """Of all languages, or those that are named."""
    for language in sys.argv[1:] or [path.name for path in sorted((PACKAGE / "locale").iterdir())]:
        new = updated(language)
        write(language, new)
        missing = sum(1 for one in new if one.id and not (any(one.string) if one.pluralizable else one.string))
        print(f"{language}: {len(new)} messages, {missing} without a translation")


if __name__ == "__main__":
    main()
