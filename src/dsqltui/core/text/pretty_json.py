"""JSON laid out for the eye, digit for digit and key for key as the server wrote it."""

import json
import re

LONGEST = 1_000_000
"""Characters that are looked at."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def pretty_json(text: str) -> str | None:
    """An object or array over several lines, two blanks a level; None when the text is neither, or too long."""
    if len(text) > LONGEST or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    out: list[str] = []
    depth, opened = 0, False
    for token in _TOKEN.findall(text):
        if token in "}]":
            depth -= 1
            if not opened:
                out.append("\n" + "  " * depth)
            out.append(token)
            opened = False
            continue
        if opened:
            out.append("\n" + "  " * depth)
            opened = False
        if token in "{[":
            depth += 1
            opened = True
            out.append(token)
        elif token == ",":
            out.append(",\n" + "  " * depth)
        else:
            out.append(": " if token == ":" else token)
    return "".join(out)
