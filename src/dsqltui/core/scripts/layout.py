"""SQL laid out anew. Only white space changes: what would not come back as the same tokens is refused."""

import itertools

from dsqltui.core.language import _
from dsqltui.core.scripts.statement import split
from dsqltui.core.sql.lexer import Kind, Token, scan

_INDENT = "  "
_LONGEST = 200_000
"""Characters; sqlparse needs seconds for more."""


class NotFormatted(Exception):
    """The text was left as it is. The message is one sentence that may be shown."""


def formatted(sql: str) -> str:
    """The statements of `sql` laid out, white space at both ends kept. Raises NotFormatted. Slow for long texts."""
    if len(sql) > _LONGEST:
        raise NotFormatted(
            _("Not formatted: the text is longer than {longest:,} characters; select a part of it.").format(
                longest=_LONGEST
            )
        )
    if any(token.kind is Kind.BACKSLASH for token in scan(sql)[0]):
        raise NotFormatted(_("Not formatted: backslash commands have no layout; select SQL statements only."))
    if any(statement.copy_data for statement in split(sql)):
        raise NotFormatted(_("Not formatted: the data of a COPY must stay as it is; select other statements."))
    body = sql.strip()
    lead, tail = sql[: len(sql) - len(sql.lstrip())], sql[len(sql.rstrip()) :]
    if not body:
        return sql
    pieces = [_one(piece) for piece in _pieces(body)]
    result = lead + "\n".join(pieces) + tail
    if _meaning(result) != _meaning(sql):
        raise NotFormatted(
            _("Not formatted: the layout would have changed more than white space, so the text was kept.")
        )
    return result


def _pieces(sql: str) -> list[str]:
    """Statement by statement, each with the comments before it."""
    ends = [statement.end for statement in split(sql)]
    starts = [0, *ends]
    pieces = [sql[start:end].strip() for start, end in zip(starts, ends, strict=False)]
    rest = sql[ends[-1] :] if ends else sql
    if not rest.strip():
        return pieces
    if pieces and "\n" not in rest[: len(rest) - len(rest.lstrip())]:  # a comment behind the last semicolon
        return [*pieces[:-1], f"{pieces[-1]} {rest.strip()}"]
    return [*pieces, rest.strip()]


def _one(sql: str) -> str:
    tokens = scan(sql)[0]
    first = next((token.start for token in tokens if token.kind is not Kind.COMMENT), 0)
    if first:  # sqlparse would put an empty line behind the comment
        return sql[:first].rstrip() + ("\n" if "\n" in sql[:first] else " ") + _one(sql[first:])
    said = [token.text.lower() for token in tokens if token.kind is not Kind.COMMENT][:4]
    if said[:2] == ["create", "table"] and "(" in sql:
        return _table(sql, tokens)
    try:
        import sqlparse
        from sqlparse.exceptions import SQLParseError

        laid_out = sqlparse.format(sql, reindent=True, indent_width=len(_INDENT))
    except (SQLParseError, RecursionError):
        raise NotFormatted(_("Not formatted: the statement is nested too deeply.")) from None
    return _with_lock_on_one_line("\n".join(line.rstrip() for line in laid_out.strip().split("\n")))


def _with_lock_on_one_line(sql: str) -> str:
    """`for update` on a line of its own; sqlparse takes `for` for the beginning of a loop."""
    tokens = scan(sql)[0]
    out, position = "", 0
    for one, other in itertools.pairwise(tokens):
        if (one.text.lower(), other.text.lower()) == ("for", "update") and sql[one.end : other.start].isspace():
            out += sql[position : one.start].rstrip() + "\n" + one.text + " "
            position = other.start
    return out + sql[position:]


def _table(sql: str, tokens: tuple[Token, ...]) -> str:
    """CREATE TABLE with a column or constraint to a line."""
    out, depth = "", 0
    previous: Token | None = None
    for token in tokens:
        gap = sql[previous.end : token.start] if previous else ""
        if previous is not None:
            opens = previous.text == "(" and depth == 1
            is_new_entry = previous.text == "," and depth == 1
            closes = token.text == ")" and depth == 1
            stays = token.kind is Kind.COMMENT and "\n" not in gap  # it speaks of what stands before it
            if previous.text.startswith("--") or (token.kind is Kind.COMMENT and "\n" in gap):
                out += "\n" + (_INDENT if depth and not closes else "")
            elif (opens or is_new_entry) and not stays:
                out += "\n" + _INDENT
            elif closes:
                out += "\n"
            elif gap:
                out += " "
        out += token.text
        depth += (token.kind is Kind.OP) * ((token.text == "(") - (token.text == ")"))
        previous = token
    return out


def _meaning(sql: str) -> list[tuple[Kind, str]]:
    """What a text says apart from its white space."""
    return [(token.kind, token.text.rstrip() if token.kind is Kind.COMMENT else token.text) for token in scan(sql)[0]]
