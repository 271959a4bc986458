"""Rules of the house that no linter knows: how full a folder may be, how long a file, one name for one thing."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "dsqltui"

MOST_FILES = 20
MOST_LINES = 600
LONG_LINES = 400
LONG = {
    "client/wire_session.py",
    "core/aws/diagnosis.py",
    "core/psql/parsing.py",
    "core/psql/values.py",
    "headless/script_run.py",
    "sim/aws/account.py",
    "sim/aws/control_plane.py",
    "ui/keys/keymap.py",
    "ui/screens/console.py",
}
"""Files of more than LONG_LINES lines. The list may only shrink: cut a file where its second idea begins."""

PRIVATE_IN_TESTS = 1
"""Uses of other objects' private names in tests: a test asserts on what anybody can see. The one is what is painted, in
tests/support/screens/shown_text.py: Textual publishes it as a picture only, and the console itself has no use for it."""
PUBLIC_IN_SPITE = {"_replace", "_asdict", "_fields"}  # of named tuples

README_LINES = 140


@cache
def modules() -> tuple[Path, ...]:
    """The modules of the package; some tests make others beside them."""
    return tuple(sorted(SOURCE.rglob("*.py")))


def lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def public_classes() -> Iterator[tuple[str, str]]:
    """Name and module of each class that stands in a module and not in another class."""
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, name(path)


@pytest.mark.parametrize("top", ["src", "sql", "styles", "tests"])
def test_a_folder_has_room(top: str) -> None:
    count: defaultdict[Path, int] = defaultdict(int)
    for path in (ROOT / top).rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            count[path.parent] += 1
    full = {str(folder.relative_to(ROOT)): files for folder, files in count.items() if files > MOST_FILES}
    assert not full, f"more than {MOST_FILES} files: {full}"


def test_one_name_is_one_public_class() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for class_name, place in public_classes():
        places[class_name].append(place)
    assert not {class_name: where for class_name, where in places.items() if len(where) > 1}


def test_no_file_is_too_long() -> None:
    assert not {name(path): lines(path) for path in modules() if lines(path) > MOST_LINES}


def test_long_files_become_fewer() -> None:
    long = {name(path) for path in modules() if lines(path) > LONG_LINES}
    assert not long - LONG, f"more than {LONG_LINES} lines; where does the second idea begin?"
    assert not LONG - long, "not long any more: take it off the list"


def test_every_package_says_what_is_in_it() -> None:
    packages = [path for path in modules() if path.name == "__init__.py"]
    assert packages
    assert not [name(path) for path in packages if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]


def test_the_readme_is_one_screen_and_some() -> None:
    assert lines(ROOT / "README.md") <= README_LINES


def test_tests_look_at_private_state_less_and_less() -> None:
    uses = [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in PUBLIC_IN_SPITE
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    ]
    assert len(uses) <= PRIVATE_IN_TESTS, "\n".join(uses)
