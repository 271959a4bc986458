r"""`\copy` as psql reads it: what is copied, the file, and options that are left to the server."""

import re

from dsqltui.core.language import N_, _
from dsqltui.core.psql.arguments import unescaped
from dsqltui.core.psql.bulk_words import BadWords, read_words
from dsqltui.core.psql.values import BadArguments, BulkOptions, Copy
from dsqltui.core.sql.lexer import Kind, Token, scan

_USAGE = N_("write \\copy TABLE from 'FILE' csv header, or \\copy (QUERY) to 'FILE' csv header.")
_BATCH_USAGE = N_("write batch 3000 parallel 8 retry 10 rejects 'FILE' resume, or less of it.")
_BATCH = re.compile(r"\bbatch\s+(?P<count>\S+)(?P<words>(?:\s+.*)?)$", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"\s*'(?P<body>(?:[^'\\]|''|\\.)*)'", re.DOTALL)
_BARE = re.compile(r"\s*(?P<body>[^\s;]+)")


def parse_copy(text: str) -> Copy | BadArguments:
    r"""What stands behind `\copy`. `batch N` and what follows it is this console's own."""
    text = text.rstrip("; \t\r\n")
    tokens = [token for token in scan(text)[0] if token.kind is not Kind.COMMENT]
    if not tokens:
        return BadArguments("copy", _("The table is missing; {usage}").format(usage=_(_USAGE)))
    direction = _direction(tokens)
    if direction is None:
        return BadArguments("copy", _("Neither FROM nor TO is there; {usage}").format(usage=_(_USAGE)))
    subject = text[tokens[0].start : direction.start].strip()
    is_import = direction.text.lower() == "from"
    if not subject:
        return BadArguments("copy", _("The table is missing; {usage}").format(usage=_(_USAGE)))
    if is_import and subject.startswith("("):
        return BadArguments("copy", _("Rows cannot be copied into a query; {usage}").format(usage=_(_USAGE)))
    rest = text[direction.end :]
    place = _QUOTED.match(rest) or _BARE.match(rest)
    if place is None:
        return BadArguments("copy", _("The file is missing; {usage}").format(usage=_(_USAGE)))
    if place.re is _QUOTED:
        path: str | None = unescaped(place["body"])
    else:
        path = place["body"]
    options = rest[place.end() :].strip()
    is_program_input = False
    if place.re is _BARE and path is not None:
        said = path.lower()
        if said == "program":
            return BadArguments("copy", _("Programs are not run from here; copy a file, or stdin and stdout."))
        if said in ("stdin", "pstdin", "stdout", "pstdout"):
            if said.endswith("stdin") is not is_import:
                return BadArguments(
                    "copy", _("{said} is for the other direction; {usage}").format(said=said, usage=_(_USAGE))
                )
            path, is_program_input = None, said == "pstdin"
    batch_rows, bulk = None, BulkOptions()
    batch = _BATCH.search(options)
    if batch is not None:
        if not is_import:
            return BadArguments("copy", _("batch is for \\copy ... from; remove it."))
        if not batch["count"].isdecimal() or int(batch["count"]) == 0:
            return BadArguments("copy", _("batch needs a number of rows, 1 or more: batch 3000."))
        try:
            bulk, rest = read_words(batch["words"], may_reject=True)
        except BadWords as problem:
            return BadArguments("copy", str(problem))
        if rest:
            return BadArguments(
                "copy",
                _("{split} is not known behind batch; {batch_usage}").format(
                    split=rest.split()[0], batch_usage=_(_BATCH_USAGE)
                ),
            )
        batch_rows, options = int(batch["count"]), options[: batch.start()].rstrip()
    return Copy(subject, is_import, path, options, is_program_input, batch_rows, bulk)


def reads_script_lines(command_text: str) -> bool:
    r"""Whether the command is a `\copy ... from stdin`, whose rows are the lines after it."""
    if not re.match(r"\\copy\s", command_text):
        return False
    parsed = parse_copy(command_text[len("\\copy") :])
    return isinstance(parsed, Copy) and parsed.is_import and parsed.path is None and not parsed.is_program_input


def _direction(tokens: list[Token]) -> Token | None:
    """The FROM or TO that belongs to the command, not to a query in parentheses."""
    depth = 0
    for token in tokens:
        if token.kind is Kind.OP:
            depth += (token.text == "(") - (token.text == ")")
        elif token.kind is Kind.WORD and depth == 0 and token.text.lower() in ("from", "to"):
            return token
    return None
