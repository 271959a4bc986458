"""Secrets that are given by name in any text: `PGPASSWORD=x`, `"SecretAccessKey": "x"`, XML, an error's DETAIL."""

import re
from collections.abc import Iterator

from dsqltui.core.secrets.names import is_numeric_secret, is_secret_name
from dsqltui.core.secrets.shapes import Span

HINTS = tuple(
    "pass pwd pw psw secret token key credential conn dsn pin jwt authorization kennwort senha contraseña "
    "パスワード 暗証番号 秘密鍵 トークン 密码 密碼 口令 비밀번호".split()
)
"""Every name of a secret holds one of these, in lower case."""

_NAMED = re.compile(
    r"""(?<![\w$-])(?P<name>[\w$][\w.$-]{0,120})(?P<quote>\\*["'`]|&quot;)?(?P<space>\s{0,20})
        (?P<op>=>|:=|==|=|:(?!:)|：|＝|%3[aAdD])[ \t]*(?:\r?\n[ \t]+(?=["']))?""",
    re.VERBOSE,
)
_OPENING = re.compile(r"(\\*)([\"'`])|&quot;|[eE]'|\$(?:\w*)\$")
_BARE = re.compile(r"(?:[^\s\"'<]|[\"'](?![\s,)\]};:&]|\Z)|<(?![/\w]))+")
_BLOCK = re.compile(r"[|>]?[+-]?[ \t]*\r?\n[ \t]+(?P<s>\S[^\n]*(?:\n[ \t]+\S[^\n]*)*)")
_PAIR = re.compile(
    r"""\b(?:name|key|field|id|variable)\\*["']?\s*[:=]\s*\\*["'](?P<name>[\w.-]+)\\*["'][^{}<>]{0,60}?
        \b(?:value|val|content|default)\\*["']?\s*[:=]\s*(?P<s>\\*["'][^"']*)""",
    re.VERBOSE | re.IGNORECASE,
)
_SAID = re.compile(
    r"""(?<![\w$.])(?P<lead>-{0,2})(?P<name>[A-Za-z][\w-]{1,60})[ \t]+(?:(?:is|was)[ \t]+|[-=]>[ \t]*)?
        (?=(?P<s>[^\s'"]+|'[^'\n]+'|"[^"\n]+"))""",
    re.VERBOSE,
)
_BARE_LITERAL = re.compile(r"\b(?P<name>\w+)\s+(?:[eEnN]|[uU]&)?(?=')")
_XML = re.compile(r"<(?:\w+:)?(?P<name>[\w.-]{2,80})(?:\s[^<>]*)?>(?P<s><!\[CDATA\[.*?\]\]>|[^<]+)", re.DOTALL)
_DETAIL = re.compile(r"\((?P<names>[\w\", ]+)\)=\((?P<s>\(hidden\)|[^)\n]*)\)")
_CONTEXT = re.compile(r"\bcolumn (?P<name>\w+): (?P<s>\"[^\n]*)")
_OPTION = re.compile(r"(?<!\S)--?(?P<name>[a-zA-Z][\w-]{1,60})[ ]+(?P<s>(?:'[^'\n]*'|\"[^\"\n]*\"))")
_NO_VALUE = re.compile(
    r"""(?:null|default|true|false|none|undefined|nil|empty|excluded\.\w+)\b
      | \*+ | \.{3} | \(hidden\) | <[^>]*> | :['"]?\w | \?(?:\W|\Z) | % | \$\d | \$[({] | \$[A-Z_][A-Z0-9_]*(?:\W|\Z)
      | `  | // | @\w+ | \{\{ | =
      """,
    re.VERBOSE | re.IGNORECASE,
)
_TYPE = re.compile(
    r"(?:int|float|varchar|char|numeric|bit|sha|scram|md|base|utf|text|uuid|json)\w*-?[\w(]*", re.IGNORECASE
)
_COLUMN = re.compile(r"(?:[a-z_]+|\"?\w+\"?\s*\.\s*\"?\w+\"?(?:\s*\.\s*\"?\w+\"?)?)(?=[\s,;)]|::|\|\||\Z)")
_CALL = re.compile(r"[a-z_][\w.]*\s*\(|\(|case\b|array\b|row\b|any\b", re.IGNORECASE)
_SQL = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(?:select\b|insert\s+into|update\s+(?:only\s+)?\S+(?:\s+(?:as\s+)?\w+)?\s+set\b"
    r"|delete\s+from|with\b|merge\s+into|create\b|alter\s+table|explain\b|copy\b|declare\b|execute\b|do\b"
    r"|on\s+conflict|where\b|returning\b)",
    re.IGNORECASE | re.DOTALL,
)


def spans_of_assignments(text: str) -> Iterator[Span]:
    """Where values of secret names stand; may overlap."""
    hidden_to = 0
    for found in _NAMED.finditer(text):
        if found.start() >= hidden_to and is_secret_name(found["name"]):
            span = _value(text, found)
            if span is not None:
                yield span
                hidden_to = span[1]
    hidden_to = 0
    for found in _BARE_LITERAL.finditer(text):
        if found.start() >= hidden_to and is_secret_name(found["name"]):
            hidden_to = end = _end_of_quoted(text, found.end(), "'")
            if not _is_blank(text[found.end() : end]):
                yield found.end(), end
    for found in _SAID.finditer(text):
        if _is_said(text, found):
            yield found.span("s")
    yield from (found.span("s") for found in _PAIR.finditer(text) if is_secret_name(found["name"]))
    if "<" in text:
        yield from (found.span("s") for found in _XML.finditer(text) if is_secret_name(found["name"]))
    if ")=(" in text:
        for found in _DETAIL.finditer(text):
            names = found["names"].replace('"', "").split(",")
            if any(is_secret_name(name.strip()) for name in names):
                yield found.span("s")
    if "column " in text:
        yield from (found.span("s") for found in _CONTEXT.finditer(text) if is_secret_name(found["name"]))
    if "--" in text:
        yield from (found.span("s") for found in _OPTION.finditer(text) if is_secret_name(found["name"]))


def _value(text: str, found: re.Match[str]) -> Span | None:
    start = found.end()
    opening = _OPENING.match(text, start)
    is_colon = found["op"] == ":"
    if opening is not None:
        if is_colon and found["space"] and not found["quote"] and opening[0] in ("'", '"') and start == found.end("op"):
            return None  # psql's variable: password :'pw'
        mark = opening[0]
        begin = start + (1 if mark in ("e'", "E'") else 0)
        end = _end_of_quoted(text, begin, mark[-1] if mark in ("e'", "E'") else mark)
        return None if _is_blank(text[begin:end]) else (begin, end)
    if is_colon and (block := _BLOCK.match(text, start)) is not None:
        return block.span("s")
    if found["quote"] and text[start : start + 1] in ("[", "{"):
        return _brackets(text, start)
    bare = _BARE.match(text, start)
    if bare is None or _NO_VALUE.match(text, start):
        return None
    end = bare.end()
    if found["op"].startswith("%") and (at := text.find("%26", start, end)) >= 0:
        end = at
    if text[max(0, found.start() - 1) : found.start()] in ("?", "&"):  # of a URL
        end = min((at for mark in "&#" if (at := text.find(mark, start, end)) >= 0), default=end)
    while end > start + 1 and text[end - 1] in ",;)]}\"'":
        end -= 1
    if text[start] in "{[(" or _is_prose(text, found, start, end) or _is_code(text, found, start):
        return None
    return start, end


def _brackets(text: str, start: int) -> Span | None:
    """A JSON list or object, up to the bracket that closes it."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "[{") - (text[at] in "]}")
        if depth == 0:
            return (start, at + 1) if at > start + 1 else None
    return start, len(text)


def _is_said(text: str, found: re.Match[str]) -> bool:
    """`--password x`, `password is x`, `Token x`: only what no word of a sentence and no type of SQL looks like."""
    name, value = found["name"], found["s"]
    is_option = found["lead"] == "--" and is_secret_name(name)
    if not (is_option or is_numeric_secret(name) or name in ("apikey", "Token", "requirepass")):
        return False
    if value[0] in "'\"":
        return " is " in found[0] and "comment on" not in text.lower()
    if is_option and re.match(r"\S+[ \t]*(?:\Z|\n|--)", text[found.start("s") : found.end("s") + 80]):
        return _NO_VALUE.match(value) is None
    is_mixed = len(value) >= 6 and any(char.isdigit() for char in value) and any(char.isalpha() for char in value)
    if not is_mixed or _NO_VALUE.match(value) or value.startswith("arn:") or _TYPE.match(value):
        return False
    return _SQL.match(text, text.rfind(";", 0, found.start()) + 1) is None


def _is_prose(text: str, found: re.Match[str], start: int, end: int) -> bool:
    """`password: must not be empty`: a sentence goes on behind the colon."""
    if found["op"] != ":" or found["quote"]:
        return False
    word = text[start:end]
    if found["name"].isupper() or not word.isalpha() or not (word.islower() or word.istitle()):
        return False
    return re.match(r"[ \t]+[a-zA-Z]", text[end : end + 40]) is not None


def _is_code(text: str, found: re.Match[str], start: int) -> bool:
    """Whether it is a column, a variable or a call in a statement of SQL, and no value at all."""
    name = found["name"]
    if (
        name.isupper()
        and ("PASSWORD" in name or "SECRET" in name or "TOKEN" in name)
        and "_" in name + "_" * ("PG" in name)
    ):
        return False  # of the environment
    if not (_COLUMN.match(text, start) or _CALL.match(text, start)):
        return False
    begin = text.rfind(";", 0, found.start()) + 1
    return _SQL.match(text, begin) is not None


def _end_of_quoted(text: str, start: int, mark: str) -> int:
    """Just after the quoted text that begins with `mark` at `start`; the end of `text` when it is not closed."""
    if text.startswith(mark * 2, start) and text[start + 2 : start + 3].isalnum():
        mark *= 2  # a literal within one
    at = start + len(mark)
    if len(mark) > 1:  # \" of JSON within JSON, &quot;, a dollar quote
        while (at := text.find(mark, at)) >= 0:
            if mark[0] != "\\" or text[at - 1] != "\\":
                return at + len(mark)
            at += 1
        return len(text)
    while at < len(text):
        if text[at] == "\\" and mark != "`":
            at += 2
        elif text[at] != mark:
            at += 1
        elif text[at + 1 : at + 2] == mark:
            at += 2
        else:
            return at + 1
    return len(text)


def _is_blank(quoted: str) -> bool:
    """Whether there is nothing between the quotes, or what stands there was hidden before."""
    inner = quoted.strip("\\\"'`")
    return not inner or inner in ("(hidden)", "********") or inner.startswith(("${", "$(", "{{"))
