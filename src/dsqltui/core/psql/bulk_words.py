r"""The words of bulk work: `batch 3000 parallel 8 retry 10 rejects 'FILE' resume`, and `\batch N ... STATEMENT`."""

import re

from dsqltui.core.language import N_, _
from dsqltui.core.psql.arguments import unescaped
from dsqltui.core.psql.values import BadArguments, BatchWork, BulkOptions

MOST_PARALLEL = 64
"""Sessions of one piece of work; a cluster accepts 100 new ones a second."""
MOST_BATCH_ROWS = 3_000
"""Rows that a transaction may change. Source: Aurora DSQL User Guide, quotas."""
_USAGE = N_(r"write \batch 1000 delete from t where ..., or \batch 1000 parallel 4 update t set ... where ...")
_WORD = re.compile(r"\s*(?P<word>parallel|retry|rejects|resume|restart)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\s+(?P<number>\d+)(?!\S)")
_DOUBTS = re.compile(r"\s+(?P<as>in|out)(?!\S)", re.IGNORECASE)
_FILE = re.compile(r"\s*'(?P<body>(?:[^'\\]|''|\\.)*)'", re.DOTALL)


class BadWords(ValueError):
    """The words cannot be understood; the message is a sentence with the right form."""


def read_words(text: str, *, may_reject: bool) -> tuple[BulkOptions, str]:
    """The options at the beginning of `text`, and the rest. Raises BadWords."""
    found: dict[str, int | str | bool] = {}
    at = 0
    while (word := _WORD.match(text, at)) is not None:
        name = word["word"].lower()
        if name == "rejects" and not may_reject:
            raise BadWords(_("rejects is for \\copy; remove it."))
        if name in found:
            raise BadWords(_("{name} is there twice; remove one.").format(name=name))
        at = word.end()
        if name in ("parallel", "retry"):
            number = _NUMBER.match(text, at)
            if number is None:
                raise BadWords(_("{name} needs a number: {name} 8.").format(name=name))
            found[name], at = int(number["number"]), number.end()
        elif name == "rejects":
            file = _FILE.match(text, at)
            found[name], at = ("", at) if file is None else (unescaped(file["body"]), file.end())
        elif name == "resume":
            doubts = _DOUBTS.match(text, at)
            found[name], at = ("", at) if doubts is None else (doubts["as"].lower(), doubts.end())
        else:
            found[name] = True
    return _options(found), text[at:].strip()


def _options(found: dict[str, int | str | bool]) -> BulkOptions:
    parallel, retries, rejects = found.get("parallel"), found.get("retry"), found.get("rejects")
    if isinstance(parallel, int) and not 1 <= parallel <= MOST_PARALLEL:
        raise BadWords(_("parallel is 1 to {most_parallel} sessions: parallel 8.").format(most_parallel=MOST_PARALLEL))
    if "resume" in found and "restart" in found:
        raise BadWords(_("resume goes on with an earlier run and restart forgets it; write one of them."))
    return BulkOptions(
        parallel=parallel if isinstance(parallel, int) else None,
        retries=retries if isinstance(retries, int) else None,
        rejects=rejects if isinstance(rejects, str) else None,
        is_resumed="resume" in found,
        doubts=str(found.get("resume", "")),
        is_restarted="restart" in found,
    )


def parse_batch(text: str) -> BatchWork | BadArguments:
    r"""What stands behind `\batch`."""
    found = re.match(r"\s*(?P<count>\d+)(?P<rest>\s.*)?$", text.rstrip("; \t\r\n"), re.DOTALL)
    if found is None or not 1 <= int(found["count"]) <= MOST_BATCH_ROWS:
        most = f"{MOST_BATCH_ROWS:,}"
        return BadArguments(
            "batch",
            _("The rows of one transaction are missing, 1 to {most}; {usage}").format(most=most, usage=_(_USAGE)),
        )
    try:
        bulk, sql = read_words(found["rest"] or "", may_reject=False)
    except BadWords as problem:
        return BadArguments("batch", str(problem))
    if not sql:
        return BadArguments("batch", _("The statement is missing; {usage}").format(usage=_(_USAGE)))
    return BatchWork(int(found["count"]), sql, bulk)
