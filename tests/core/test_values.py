"""Our quick `dataclass` does what the standard one does."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any

import pytest

import dsqltui
from dsqltui.core.values import dataclass

Maker = Callable[..., Any]


def classes_by(maker: Maker) -> dict[str, Any]:
    @maker(frozen=True, slots=True)
    class Point:
        """A place."""

        x: int
        y: int = 2
        names: list[str] = field(default_factory=list, hash=False)
        secret: str = field(default="s", repr=False, compare=False)

        @property
        def sum(self) -> int:
            return self.x + self.y

    @maker(frozen=True, slots=True)
    class Deeper(Point):
        z: str | None = None

    @maker(frozen=True, slots=True)
    class Nothing:
        pass

    @maker(frozen=True, slots=True)
    class Worked:
        given: str
        found: int = field(init=False, repr=False, compare=False)
        fixed: int = field(init=False, default=3)

        def __post_init__(self) -> None:
            object.__setattr__(self, "found", len(self.given))

    @maker(frozen=True, slots=True)
    class Own:
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own) and self.text.lower() == other.text.lower()

        def __repr__(self) -> str:
            return "own"

        def __hash__(self) -> int:
            return 7

    @maker(slots=True)
    class Counter:
        count: int = 0
        others: "list[Counter]" = field(default_factory=list)

    @maker(frozen=True, slots=True, order=True)
    class Ordered:
        rank: int

    @maker
    class Plain:
        text: str = ""

    made = (Point, Deeper, Nothing, Worked, Own, Counter, Ordered, Plain)
    return {one.__name__: one for one in made}


OURS, THEIRS = classes_by(dataclass), classes_by(dataclasses.dataclass)
MADE: list[tuple[str, tuple[Any, ...]]] = [
    ("Point", (1,)),
    ("Point", (1, 5, ["a"], "t")),
    ("Deeper", (1, 2, [], "s", "deep")),
    ("Nothing", ()),
    ("Worked", ("four",)),
    ("Own", ("A",)),
    ("Counter", (4,)),
    ("Ordered", (1,)),
    ("Plain", ("p",)),
]


@pytest.mark.parametrize(("name", "arguments"), MADE)
def test_it_is_what_the_standard_one_is(name: str, arguments: tuple[Any, ...]) -> None:
    ours, theirs = OURS[name](*arguments), THEIRS[name](*arguments)
    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert type(ours).__match_args__ == type(theirs).__match_args__
    assert getattr(type(ours), "__slots__", None) == getattr(type(theirs), "__slots__", None)
    assert ours == OURS[name](*arguments)
    assert ours != theirs, "another class"
    assert dataclasses.replace(ours) == ours
    assert copy.copy(ours) == copy.deepcopy(ours) == ours
    assert (type(ours).__hash__ is None) == (type(theirs).__hash__ is None)


def test_values_differ_and_hash_by_their_compared_fields() -> None:
    worked = OURS["Worked"]
    assert worked("a") != worked("b")
    assert len({worked("a"), worked("a"), worked("b")}) == 2
    assert worked("four").found == 4
    assert worked("four").fixed == 3
    assert hash(OURS["Point"](1, 2, ["not hashed"])) == hash(OURS["Point"](1))
    assert OURS["Point"](1, secret="a") == OURS["Point"](1, secret="b")


def test_each_value_has_a_default_of_its_own() -> None:
    first, second = OURS["Counter"](), OURS["Counter"]()
    first.others.append(second)
    first.count += 1
    assert (second.others, second.count) == ([], 0)
    second.others.append(second)
    assert "..." in repr(second), "one that holds itself can be shown"


def test_what_is_frozen_stays() -> None:
    point = OURS["Point"](1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 3
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x


@pytest.mark.parametrize("arguments", [(), (1, 2, 3, 4, 5)])
def test_wrong_arguments_are_refused_by_the_names_of_class_and_field(arguments: tuple[int, ...]) -> None:
    with pytest.raises(TypeError) as ours:
        OURS["Point"](*arguments)
    with pytest.raises(TypeError) as theirs:
        THEIRS["Point"](*arguments)
    assert str(ours.value) == str(theirs.value)


@dataclass(frozen=True, slots=True)
class Kept:
    """Of this module, as pickle wants it."""

    number: int
    text: str = "x"


def test_it_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, "y"))) == Kept(1, "y")


def test_all_of_the_program_uses_it() -> None:
    files = Path(dsqltui.__file__).parent.rglob("*.py")
    slow = [path.name for path in files if "from dataclasses import dataclass" in path.read_text(encoding="utf-8")]
    assert slow == ["values.py"]
