"""`dsqltui exec --lint`: what Aurora DSQL may refuse in scripts, and how the linter would write it; nothing is run."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.client.linter import fixes_of, lint
from dsqltui.core.formats import Format
from dsqltui.core.language import _
from dsqltui.core.scripts.hints import Hint, NoHints, StatementFix, only_sql
from dsqltui.core.scripts.own_hints import own_hints
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.headless.execute import say
from dsqltui.headless.exits import Exit
from dsqltui.headless.output import Output, OutputClosed, OutputUnusable
from dsqltui.headless.script_run import Script


@dataclass(frozen=True, slots=True)
class LintedScript:
    """What was found in one script."""

    script: Script
    hints: tuple[Hint, ...]
    fixes: tuple[StatementFix, ...]
    trouble: str = ""
    """Why dsql-lint gave no answer; our own hints are there all the same."""


def lint_scripts(scripts: Sequence[Script], form: Format) -> Exit:
    """Check them all; hints go to standard output. Blocks."""
    found = asyncio.run(_all(scripts))
    try:
        output = Output()
        output.write(_json(found) if form is Format.JSON else "".join(map(_text, found)))
        output.flush()
    except (OutputClosed, OutputUnusable):
        return Exit.PIPE_CLOSED
    for trouble in dict.fromkeys(each.trouble for each in found if each.trouble):
        say(_("dsqltui: {trouble}").format(trouble=one_line(trouble, 500)))
    if any(each.hints for each in found):
        return Exit.HINTS
    return Exit.SQL_ERROR if any(each.trouble for each in found) else Exit.OK


async def _all(scripts: Sequence[Script]) -> list[LintedScript]:
    return [await _linted(script) for script in scripts]


async def _linted(script: Script) -> LintedScript:
    own = own_hints(script.text)
    sql = only_sql(script.text)
    try:
        told = await lint(sql) if sql else ()
        fixes = await fixes_of(script.text, told)
    except NoHints as reason:
        return LintedScript(script, own, (), str(reason))
    return LintedScript(script, tuple(sorted((*told, *own), key=lambda hint: hint.line)), fixes)


def _text(found: LintedScript) -> str:
    out: list[str] = []
    fixes = {fix.line: fix for fix in found.fixes}
    name = found.script.name or _("standard input")
    for hint in found.hints:
        out.append(f"{name}, line {hint.line}: {hint.message} [{hint.rule}, {hint.origin}]")
        out += [f"  → {hint.suggestion}"] if hint.suggestion else []
        out += [_("  fix: {fix_detail}").format(fix_detail=hint.fix_detail)] if hint.fix_detail else []
    for fix in fixes.values():
        out += [f"{name}, line {fix.line}, fixed:", *(f"    {line}" for line in fix.sql.splitlines())]
    return "".join(f"{many_lines(line, 10_000)}\n" for line in out)


def _json(found: Sequence[LintedScript]) -> str:
    values = [
        {
            "file": each.script.name,
            "hints": [
                {
                    "line": hint.line,
                    "rule": hint.rule,
                    "origin": hint.origin,
                    "message": hint.message,
                    "suggestion": hint.suggestion,
                    "fix": hint.fix,
                    "fix_detail": hint.fix_detail,
                }
                for hint in each.hints
            ],
            "fixes": [{"line": fix.line, "start": fix.start, "end": fix.end, "sql": fix.sql} for fix in each.fixes],
            "trouble": each.trouble,
        }
        for each in found
    ]
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"
