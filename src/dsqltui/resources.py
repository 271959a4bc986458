"""Where the data folders `styles/`, `sql/` and `docs/` are: inside the package in a wheel, at the top of a checkout."""

from pathlib import Path


def data(kind: str) -> Path:
    """The folder of that kind ("styles", "sql", "docs"). Raises FileNotFoundError when the installation lacks it."""
    inside = Path(__file__).resolve().parent / kind
    if inside.is_dir():
        return inside
    checkout = Path(__file__).resolve().parents[2] / kind
    if checkout.is_dir():
        return checkout
    raise FileNotFoundError(f"dsqltui's data folder {kind!r} is missing; reinstall dsqltui")


def catalog_query(name: str) -> str:
    """The text of a query in `sql/catalog/`; `name` is its path there without `.sql`. Reads a file."""
    return (data("sql") / "catalog" / f"{name}.sql").read_text(encoding="utf-8").strip()
