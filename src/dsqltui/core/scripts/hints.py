"""What a linter says about SQL for Aurora DSQL: its JSON in, values out; and the text it is given."""

import json
from dataclasses import dataclass

from dsqltui.core.scripts.blocks import CommandPiece, pieces_of
from dsqltui.core.scripts.statement import StatementKind, split


class NoHints(Exception):
    """There is no answer of the linter. The message says why, in sentences that may be shown."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that Aurora DSQL may refuse. Its texts are the linter's: not safe to paint."""

    line: int
    """Of the text that was checked, from 1."""
    message: str
    suggestion: str


def only_sql(text: str) -> str:
    """`text` without backslash commands and COPY data, every statement on the line on which it was."""
    out: list[str] = []
    line = 0
    for statement in split(text):
        if statement.kind is StatementKind.COMMAND:
            continue
        starts = text.count("\n", 0, statement.start)
        sql = _without_commands(statement.text) if statement.is_block else statement.text + ";"
        out.append("\n" * max(0, starts - line) + sql)
        line = max(line, starts) + statement.text.count("\n")
    return "".join(out) + "\n" if out else ""


def _without_commands(block: str) -> str:
    """The block with blanks where its commands stand, so that lines stay where they are."""
    for piece in pieces_of(block):
        if isinstance(piece, CommandPiece):
            block = block[: piece.start] + " " * (piece.end - piece.start) + block[piece.end :]
    return block


def hints_of(output: str) -> tuple[Hint, ...]:
    """From the output of `dsql-lint --format json`, schema version 1, by line. Raises NoHints."""
    try:
        told = json.loads(output)
        if told["schema_version"] != 1:
            raise NoHints(f"dsql-lint answered in a form (version {told['schema_version']}) that is not known here.")
        found = [
            Hint(int(one["line"]), str(one["message"]), str(one.get("suggestion") or ""))
            for file in told["files"]
            for one in file["diagnostics"]
        ]
    except (ValueError, KeyError, TypeError):
        raise NoHints("dsql-lint's answer could not be read; is it the linter of awslabs/aurora-dsql-tools?") from None
    return tuple(sorted(found, key=lambda hint: hint.line))
