"""The specs that come with dsqltui: `sql/interleavings/`, by the names of their files."""

from pathlib import Path

from dsqltui.resources import data

KINDS = ("patterns", "workshop", "hermitage")


def shipped_specs() -> dict[str, Path]:
    """Name to file, everyday patterns first, Hermitage last; the names are unique over the folders."""
    folder = Path(str(data("sql"))) / "interleavings"
    files = [file for kind in KINDS for file in (folder / kind).iterdir() if file.suffix in (".spec", ".sql")]
    return {file.stem: file for file in sorted(files, key=lambda file: (KINDS.index(file.parent.name), file.stem))}
