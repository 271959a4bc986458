"""Scripts read from files without stopping the event loop."""

import asyncio
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.core.scripts.script_text import ScriptUnreadable, decoded
from dsqltui.resources import data


async def read_text(path: Path) -> str:
    """The text of a UTF-8 file, a byte order mark dropped.

    Only regular files: a pipe or a device might never end. Raises ScriptUnreadable.
    """
    return await asyncio.to_thread(_read, path)


async def locate(name: str, beside: Path | None = None, folder: Path | None = None) -> Path:
    """`name` as an absolute path, links followed, so that a file is known again under another name.

    `~` stands for a home folder; a relative name counts from the folder of the file `beside`, else from `folder`, else
    from the working directory; `sql/...` is also looked for among dsqltui's own scripts. The file need not exist.
    Raises ScriptUnreadable when there can be no such path.
    """
    return await asyncio.to_thread(_locate, name, beside, folder)


def _read(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            kind = _("a folder") if path.is_dir() else _("not a regular file")
            raise ScriptUnreadable(_("{path} is {kind}; name a file with SQL statements.").format(path=path, kind=kind))
        return decoded(path.read_bytes(), str(path))  # line ends stay: a literal or COPY data may hold them
    except FileNotFoundError:
        raise ScriptUnreadable(_("{path} does not exist; check the name and the folder.").format(path=path)) from None
    except PermissionError:
        raise ScriptUnreadable(
            _("{path} may not be read by this user; check its permissions.").format(path=path)
        ) from None
    except OSError as error:
        raise ScriptUnreadable(
            _("{path} could not be read: {reason}; check the file.").format(path=path, reason=error.strerror)
        ) from None


def _locate(name: str, beside: Path | None, folder: Path | None) -> Path:
    base = beside.parent if beside is not None else folder or Path()
    try:
        path = (base / Path(name).expanduser()).resolve()
        shipped = (data("sql").parent / name).resolve()
        is_shipped = beside is None and not path.exists() and shipped.is_relative_to(data("sql").resolve())
        return shipped if is_shipped and shipped.is_file() else path
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links; an unknown ~user; a NUL
        raise ScriptUnreadable(
            _("{name!r} cannot be a file's name here ({error}); check it.").format(name=name, error=error)
        ) from None
