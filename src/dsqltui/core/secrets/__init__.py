"""The one scanner that keeps secrets out of what is written to files: passwords, keys and tokens in any text.

It looks three ways, and hides what any of them finds: by the tokens of our own lexer (what stands behind PASSWORD, in
the column `password`, in `\\set pw`), by name in any text (`PGPASSWORD=x`, JSON, XML), by shape (URLs, JWTs, keys).
What a literal says is looked through in turn, without its quotes and escapes: dollar-quoted bodies, JSON, E'' and U&''.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from dsqltui.core.language import ngettext
from dsqltui.core.secrets.assignments import HINTS, spans_of_assignments
from dsqltui.core.secrets.copied import COPY, CopyData
from dsqltui.core.secrets.literals import content
from dsqltui.core.secrets.names import is_secret_name
from dsqltui.core.secrets.shapes import Span, spans_of_shapes
from dsqltui.core.secrets.statements import Statements, chains
from dsqltui.core.sql.lexer import Kind, Token, scan

__all__ = [
    "HIDDEN",
    "hidden_told",
    "is_secret_name",
    "secrets_in",
    "spans_of_secrets",
    "without_secrets",
    "without_secrets_and_place",
]

HIDDEN = "(hidden)"
_DEEPEST = 6
"""Literals within literals that are looked into; what is deeper and speaks of a secret is hidden whole."""
_MORE_HINTS = (*HINTS, "identified", "crypt", "hmac", "pgp_sym")
_CODED = re.compile(r"[eE]'|(?i:concat)|[uU]&['\"]|\|\||'\s*\n\s*'|''")
_ROLE = re.compile(r"\b(?:create|alter)\b.{0,200}\b(?:role|user|group)\b", re.IGNORECASE | re.DOTALL)
_SET = re.compile(r"\\(?P<command>set|setenv|pset)\s+(?P<name>\S+)\s+(?P<s>\S.*)", re.DOTALL)
_BIND = re.compile(r"\\bind(?:_named)?\s+(?P<s>\S[^\\]*)")


def without_secrets(text: str) -> str:
    """`text` with each secret replaced by "(hidden)"."""
    return without_secrets_and_place(text, 0)[0]


def without_secrets_and_place(text: str, place: int) -> tuple[str, int]:
    """The same, and where the character at `place` of `text` went: behind a secret that it stood in."""
    spans = spans_of_secrets(text)
    parts: list[str] = []
    at, moved = 0, place
    for start, end in spans:
        parts += (text[at:start], HIDDEN)
        if start < place:
            moved += len(HIDDEN) - (min(place, end) - start)
        at = end
    return ("".join((*parts, text[at:])), moved) if spans else (text, place)


def hidden_told(text: str) -> str:
    """A sentence for the person who gets a kept text back; empty when nothing in it was hidden."""
    count = text.count(HIDDEN)
    if not count:
        return ""
    return ngettext(
        "A password or key was not kept: write it again where it says {hidden}.",
        "{count} passwords or keys were not kept: write them again where it says {hidden}.",
        count,
    ).format(count=count, hidden=HIDDEN)


def secrets_in(text: str) -> list[str]:
    """The secrets themselves, as they are written and without quotes, longest first: to find them elsewhere."""
    found: set[str] = set()
    for start, end in spans_of_secrets(text):
        written = text[start:end]
        found |= {written, written.strip("'\"")}
        for token in scan(written)[0]:
            if token.kind in (Kind.STRING, Kind.IDENT):
                found.add(content(token)[0])
    return sorted((secret for secret in found if len(secret) >= 4), key=len, reverse=True)


def spans_of_secrets(text: str) -> list[Span]:
    """Where secrets stand in `text`, in order, apart from each other."""
    return _merged(span for span in _spans(text, 0) if text[slice(*span)] != HIDDEN)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _spans(text: str, depth: int) -> Iterator[Span]:
    low = (text if text.isascii() else unicodedata.normalize("NFKC", text)).lower()
    yield from spans_of_shapes(text)
    has_name = any(hint in low for hint in _MORE_HINTS)
    if has_name:
        yield from spans_of_assignments(text)
    if has_name or _CODED.search(text) is not None or _ROLE.search(text) is not None:
        yield from _spans_of_tokens(text, depth)


def _spans_of_tokens(text: str, depth: int) -> Iterator[Span]:
    tokens: list[Token] = []
    for piece in _without_copied(text, tokens):
        yield from piece
    statements = Statements(tokens)
    yield from statements.spans()
    for token in tokens:
        if token.kind is Kind.BACKSLASH:
            yield from _spans_of_command(token, statements)
    for chain in chains(tokens):
        said = "".join(content(token)[0] for token in chain)
        if depth < _DEEPEST and next(_spans(said, depth + 1), None) is not None:
            yield from ((token.start, token.end) for token in chain)
    for at, token in enumerate(tokens):
        if token.kind in (Kind.STRING, Kind.COMMENT, Kind.BACKSLASH, Kind.IDENT):
            inner, places = content(token, _escape(tokens, at))
            if len(inner) < 4 or inner == text:
                continue
            if depth >= _DEEPEST:
                if any(hint in inner.lower() for hint in HINTS):
                    yield token.start, token.end
                continue
            if token.kind is Kind.BACKSLASH:
                inner, places = inner[1:], places[1:]
            for start, end in _spans(inner, depth + 1):
                yield places[start], places[end]


def _escape(tokens: list[Token], at: int) -> str:
    """The escape of U&'...' UESCAPE '!'."""
    if tokens[at].text[:2].lower() == "u&" and at + 2 < len(tokens) and tokens[at + 1].text.lower() == "uescape":
        return content(tokens[at + 2])[0] or "\\"
    return "\\"


def _without_copied(text: str, tokens: list[Token]) -> Iterator[Iterable[Span]]:
    """Scan `text` into `tokens`, but for the data of COPY, which is no SQL; gives the secrets in the data."""
    at = 0
    for found in COPY.finditer(text):
        if found.start() < at:
            continue
        data = CopyData(text, found)
        tokens += _shifted(scan(text[at : data.start])[0], at)
        at = data.end
        yield data.spans()
    rest = scan(text[at:])[0]
    tokens += _shifted(rest, at)


def _shifted(tokens: Iterable[Token], by: int) -> Iterable[Token]:
    return tokens if not by else (Token(it.kind, it.start + by, it.end + by, it.text) for it in tokens)


def _spans_of_command(token: Token, statements: Statements) -> Iterator[Span]:
    """`\\set pw x`, `\\setenv PGPASSWORD x`, `\\bind x`"""
    found = _SET.match(token.text)
    if found is not None and (is_secret_name(found["name"]) or found["name"] in statements.variables):
        kept = found["s"].rstrip().removesuffix("\\\\").rstrip()  # what ends the command
        yield token.start + found.start("s"), token.start + found.start("s") + len(kept)
    if statements.has_secret_parameter:
        for bound in _BIND.finditer(token.text):
            end = bound.end("s") - (len(bound["s"]) - len(bound["s"].rstrip()))
            yield token.start + bound.start("s"), token.start + end
