"""psql's name patterns (`x.*`, `"Mixed"`, `cust?mers`) as regular expressions for the server."""

from dataclasses import dataclass

from dsqltui.core.language import _

_SPECIAL = frozenset("|*+?()[]{}.^$\\")


@dataclass(frozen=True, slots=True)
class NamePattern:
    """What a name must match; each expression is anchored at both ends. None matches everything."""

    name: str | None = None
    schema: str | None = None
    is_qualified: bool = False
    """Whether a schema was written. Without one, only what the search path leads to is meant."""
    database: str | None = None
    """A literal database name, written before the schema."""


class BadPattern(ValueError):
    """The pattern cannot be understood; the message is a sentence for the person."""


def parse_pattern(text: str) -> NamePattern:
    """psql's rules: `*` is any text, `?` any character, a dot parts schema and name, upper case becomes lower case.

    Within double quotes every character stands for itself, and "" for one quote. Regular expressions work outside
    quotes, except that `$` stands for itself. Raises BadPattern.
    """
    if not text:
        return NamePattern()
    parts = _parts(text)
    if len(parts) > 3:
        raise BadPattern(_("The pattern {text} has too many dots; write SCHEMA.NAME.").format(text=text))
    *before, name = parts
    schema = before[-1] if before else None
    return NamePattern(
        _anchored(name),
        _anchored(schema) if schema is not None else None,
        is_qualified=schema is not None,
        database=before[0] if len(before) == 2 else None,
    )


def _parts(text: str) -> list[str]:
    parts = [""]
    is_quoted = False
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == '"':
            if is_quoted and text[position : position + 1] == '"':
                parts[-1] += '"'
                position += 1
            else:
                is_quoted = not is_quoted
        elif is_quoted:
            parts[-1] += "\\" + character if character in _SPECIAL else character
        elif character == ".":
            parts.append("")
        elif character == "*":
            parts[-1] += ".*"
        elif character == "?":
            parts[-1] += "."
        elif character == "$":
            parts[-1] += "\\$"
        else:
            parts[-1] += character.lower() if character.isascii() else character
    if is_quoted:
        raise BadPattern(_("A double quote is not closed in the pattern {text}.").format(text=text))
    return parts


def _anchored(expression: str) -> str | None:
    return None if expression in ("", ".*") else f"^({expression})$"
