"""What a linter says about SQL for Aurora DSQL: its JSON in, values out; and the text it is given."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.scripts.blocks import CommandPiece, pieces_of
from dsqltui.core.scripts.statement import Statement, StatementKind, split


class NoHints(Exception):
    """There is no answer of the linter. The message says why, in sentences that may be shown."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that Aurora DSQL may refuse. Its texts are the linter's: not safe to paint."""

    line: int
    """Of the text that was checked, from 1."""
    message: str
    suggestion: str
    rule: str = ""
    """The linter's name of it."""
    fix: str = ""
    """What the linter can do about it: `fixed`, `fixed_with_warning`, `unfixable`; empty when it does not say."""
    fix_detail: str = ""
    """What its fix changes, and what to look at then."""
    origin: str = "dsql-lint"

    @property
    def is_fixable(self) -> bool:
        """Whether the linter writes the statement anew."""
        return self.fix.startswith("fixed")


@dataclass(frozen=True, slots=True)
class StatementFix:
    """A statement as the linter would write it; `[start, end)` are characters of the text that was checked."""

    start: int
    end: int
    line: int
    sql: str


def with_fixes(text: str, fixes: Iterable[StatementFix]) -> str:
    """The text with those statements written anew; all else stays as it is."""
    for fix in sorted(fixes, key=lambda fix: -fix.start):
        text = text[: fix.start] + fix.sql + text[fix.end :]
    return text


def fixable(text: str, hints: Iterable[Hint]) -> tuple[Statement, ...]:
    """The statements of the text on whose lines a hint is that the linter can fix."""
    lines = {hint.line for hint in hints if hint.is_fixable}
    found: list[Statement] = []
    for statement in split(text):
        first = text.count("\n", 0, statement.start) + 1
        own = range(first, first + text.count("\n", statement.start, statement.end) + 1)
        if statement.kind is not StatementKind.COMMAND and not statement.is_block and lines & set(own):
            found.append(statement)
    return tuple(found)


def fixed_sql_of(output: str) -> str:
    """From the output of `dsql-lint --fix --format json` on one statement; empty when nothing was fixed.

    Raises NoHints.
    """
    is_fixed = any(hint.is_fixable for hint in hints_of(output))
    told = json.loads(output)["files"][0].get("fixed_sql") if is_fixed else None
    return str(told).strip() if told else ""


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
            raise NoHints(
                _("dsql-lint answered in a form (version {told}) that is not known here.").format(
                    told=told["schema_version"]
                )
            )
        found = [
            Hint(
                int(one["line"]),
                str(one["message"]),
                str(one.get("suggestion") or ""),
                str(one.get("rule") or ""),
                str((one.get("fix_result") or {}).get("status") or ""),
                str((one.get("fix_result") or {}).get("detail") or ""),
            )
            for file in told["files"]
            for one in file["diagnostics"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoHints(
            _("dsql-lint's answer could not be read; is it the linter of awslabs/aurora-dsql-tools?")
        ) from None
    return tuple(sorted(found, key=lambda hint: hint.line))
