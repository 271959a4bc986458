"""A file that appears with its whole content or not at all, and never takes the place of another unasked.

Where the system can (Linux), it has no name until it is complete, so that not even a killed program leaves half of it.
"""

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.runner.files.file_trouble import FileUnusable

_NO_NAMELESS = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT)
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOENT, errno.EXDEV, errno.EACCES)


class FileTaken(FileUnusable):
    """There is a file of that name, and it may not be replaced."""

    def __init__(self, path: Path) -> None:
        super().__init__(_("{path} exists already and was left as it is; choose another name.").format(path=path))
        self.path = path


class NewFile:
    """Blocking; for a thread. Every method raises FileUnusable."""

    def __init__(self, path: Path, *, may_replace: bool = False) -> None:
        """Begin to write what will be at `path`. Raises FileTaken when something is there."""
        self.path = path
        self.bytes_written = 0
        self._may_replace = may_replace
        self._part: Path | None = None
        """The file beside its place, where a file without name cannot be had."""
        if "\0" in str(path):
            raise FileUnusable(_("A file's name cannot hold a NUL character; choose another name."))
        try:
            if path.is_dir():
                raise FileUnusable(_("{path} is a folder; name a file.").format(path=path))
            if not may_replace and os.path.lexists(path):
                raise FileTaken(path)
            self._file = os.fdopen(self._begun(), "wb", buffering=256 * 1024)
        except FileNotFoundError:
            raise FileUnusable(
                _("The folder {parent} does not exist; make it or check the name.").format(parent=path.parent)
            ) from None
        except PermissionError:
            raise FileUnusable(
                _("{path} may not be written by this user; check the folder's permissions.").format(path=path)
            ) from None
        except (OSError, ValueError) as error:
            raise FileUnusable(_("{path} could not be opened: {error}.").format(path=path, error=error)) from None

    def write(self, text: str) -> None:
        """Add text, as UTF-8."""
        self.write_bytes(text.encode("utf-8", "replace"))

    def write_bytes(self, data: bytes) -> None:
        """Add bytes."""
        try:
            self._file.write(data)
        except OSError as error:
            self._fail(error)
        self.bytes_written += len(data)

    def keep(self) -> None:
        """It is complete: give it its name."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._give_name()
            self._file.close()
        except FileExistsError:
            self.discard()
            raise FileTaken(self.path) from None
        except OSError as error:
            self._fail(error)

    def discard(self) -> None:
        """Leave nothing. May be called at any time, also after `keep`."""
        with contextlib.suppress(OSError):  # what could not be flushed is thrown away anyway
            self._file.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)
            self._part = None

    def _begun(self) -> int:
        folder = self.path.parent
        nameless = getattr(os, "O_TMPFILE", None)  # Linux only
        if nameless is not None and os.path.exists("/proc/self/fd"):
            try:
                return os.open(folder, nameless | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            except OSError as error:
                if error.errno not in _NO_NAMELESS:
                    raise
        descriptor, self._part = self._named()
        return descriptor

    def _named(self) -> tuple[int, Path]:
        descriptor, name = tempfile.mkstemp(prefix=f".{self.path.name}.", suffix=".part", dir=self.path.parent)
        return descriptor, Path(name)

    def _give_name(self) -> None:
        if self._part is None and not self._may_replace:
            self._link_to(self.path)
            return
        if self._part is None:  # a link takes no other's place: name it beside first
            descriptor, part = self._named()
            os.close(descriptor)
            part.unlink()
            self._link_to(part)
            self._part = part
        if self._may_replace:
            os.replace(self._part, self.path)
            self._part = None
            return
        try:
            os.link(self._part, self.path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if os.path.lexists(self.path):  # a file system without hard links
                raise FileExistsError(self.path) from None
            os.rename(self._part, self.path)
        else:
            self._part.unlink()
        self._part = None

    def _link_to(self, path: Path) -> None:
        number = self._file.fileno()
        # the number of a folder is not needed for these paths, but Python follows the link only when one is given
        os.link(f"/proc/self/fd/{number}", path, src_dir_fd=number, follow_symlinks=True)

    def _fail(self, error: OSError) -> None:
        self.discard()
        raise FileUnusable(
            _("{path} could not be written: {reason}; nothing was left.").format(path=self.path, reason=error.strerror)
        ) from None
