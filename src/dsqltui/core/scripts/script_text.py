"""What can be wrong with a script file, and its text from its bytes."""

import codecs

from dsqltui.core.language import _

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class ScriptUnreadable(Exception):
    """The script file could not be read. The message is one sentence that may be shown."""


def decoded(data: bytes, name: str, *, line: int = 1, has_mark: bool = True) -> str:
    """The text of a script: UTF-8, or UTF-16 that says so by its byte order mark; the mark is dropped.

    `name` is how the sentence calls it, `line` the number of its first line; `has_mark`: whether it may have a mark.
    Raises ScriptUnreadable with the place of the first byte that is wrong: a guess would store other characters than
    those that were meant.
    """
    marks = _MARKS if has_mark else ()
    mark, encoding = next(((mark, name) for mark, name in marks if data.startswith(mark)), (b"", "utf-8"))
    if has_mark and data.startswith(_UTF_32):
        raise ScriptUnreadable(_("{name} is UTF-32 text; save it as UTF-8.").format(name=name))
    body = data[len(mark) :]
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        at = error.start
        row, column = _place(body, at, encoding)
        wrong = " ".join(f"0x{byte:02x}" for byte in body[at : at + (1 if encoding == "utf-8" else 2)])
        meant = "UTF-8" if encoding == "utf-8" else "UTF-16"
        raise ScriptUnreadable(
            _(
                "{name}, line {line}, byte {column} (offset {at}): {wrong} is not {meant} text, and "
                "nothing was sent; save it as UTF-8."
            ).format(name=name, line=line + row, column=column, at=at + len(mark), wrong=wrong, meant=meant)
        ) from None
    if "\0" in text:
        at = text.index("\0")
        row = text.count("\n", 0, at)
        guess = _("; it looks like UTF-16 without a byte order mark") if text.count("\0") * 3 > len(text) else ""
        raise ScriptUnreadable(
            _(
                "{name}, line {line}: a NUL character stands there, which no statement can hold, and "
                "nothing was sent{guess}; save it as UTF-8 text."
            ).format(name=name, line=line + row, guess=guess)
        )
    return text


def _place(body: bytes, at: int, encoding: str) -> tuple[int, int]:
    """Lines before the byte, and its number within its line, from 1."""
    end = "\n".encode(encoding)
    before = body[:at]
    return before.count(end), at - (before.rfind(end) + len(end) if end in before else 0) + 1
