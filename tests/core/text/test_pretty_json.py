"""JSON laid out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.text.pretty_json import pretty_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_digits_and_repeated_keys_stay() -> None:
    assert pretty_json('{"n":1.50,"n":12345678901234567890,"e":[],"o":{ },"a":[1,{"b":"x,:{"}]}') == (
        '{\n  "n": 1.50,\n  "n": 12345678901234567890,\n  "e": [],\n  "o": {},\n  "a": [\n    1,\n    {\n'
        '      "b": "x,:{"\n    }\n  ]\n}'
    )


@given(st.lists(JSON) | st.dictionaries(st.text(), JSON))
def test_it_is_the_same_json(value: object) -> None:
    text = pretty_json(json.dumps(value))
    assert text is not None
    assert json.loads(text) == value
    if value:
        assert text == json.dumps(value, indent=2).replace("{\n}", "{}")


@pytest.mark.parametrize("text", ["", "12", '"text"', "{half", "[1,]", "[" * 100_000, "not json"])
def test_what_is_not_laid_out(text: str) -> None:
    assert pretty_json(text) is None
