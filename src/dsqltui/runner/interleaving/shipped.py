"""The specs that come with dsqltui: `sql/interleavings/`, by the names of their files."""

from pathlib import Path

from dsqltui.resources import data


def shipped_specs() -> dict[str, Path]:
    """Name to file, sorted; the names are unique over the folders."""
    folder = Path(str(data("sql"))) / "interleavings"
    files = sorted(file for file in folder.glob("*/*") if file.suffix in (".spec", ".sql"))
    return {file.stem: file for file in sorted(files, key=lambda file: (file.parent.name, file.stem))}
