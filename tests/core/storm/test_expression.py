"""pgbench's expressions. The values on the right were printed by pgbench 15 itself (`\\set x ...`, `SELECT :x`)."""

import pytest

from dsqltui.core.storm.expression import ScriptState, compiled
from dsqltui.core.storm.functions import ExpressionFailed, SessionRandom, shown_value


def _value(text: str, **variables: int | float | bool | str | None) -> str:
    return shown_value(compiled(text)(ScriptState(SessionRandom(1), dict(variables))))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("-7 / 2", "-3"),
        ("-7 % 3", "-1"),
        ("7 % -3", "1"),
        ("1.0 / 4", "0.25"),
        ("5 & 6 | 8", "12"),
        ("5 # 1", "4"),
        ("1 << 10", "1024"),
        ("-1 >> 4", "-1"),
        ("~5", "-6"),
        ("- - 5", "5"),
        ("2 < 3 and not false", "TRUE"),
        ("null = 1", "NULL"),
        ("null is null", "TRUE"),
        ("1 isnull", "FALSE"),
        ("not null or true", "TRUE"),
        ("1 <> 1 or 2 != 1", "TRUE"),
        ("CASE WHEN 1 > 2 THEN 1 WHEN 3 > 2 THEN 4 ELSE 5 END", "4"),
        ("case when false then 1 end", "NULL"),
        ("abs(-17)", "17"),
        ("greatest(5, 4, 3, 2)", "5"),
        ("least(5, 4.5, 3)", "3.0"),
        ("int(5.4 + 3.8)", "9"),
        ("mod(54, 32)", "22"),
        ("power(2, 10)", "1024.0"),
        ("sqrt(16)", "4.0"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("hash_fnv1a(10, 5432)", "-7793829335365542153"),
        ("hash(10, 5432)", "-5817877081768721676"),
        ("hash_murmur2(10, 5432)", "-5817877081768721676"),
        (":n * 2", "42"),
        (":word + 1", "8"),
    ],
)
def test_values(text: str, value: str) -> None:
    assert _value(text, n=21, word=" 7") == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 +", "the expression ends too early"),
        ("(1", "')' was expected, not the end"),
        ("1 2", "'2' was not expected"),
        ("foo(1)", "there is no function foo()"),
        ("permute(1, 2)", "permute() is not supported"),
        ("abs(1, 2)", "abs() takes 1 argument, not 2"),
        ("random(1)", "random() takes 2 arguments, not 1"),
        ("hash()", "hash() takes 1 or 2 arguments, not 0"),
        ("id + 1", "'id' was not expected; a variable is written :name"),
        ("1 ; 2", "'; 2' was not expected"),
        ("case 1 end", "WHEN was expected, not '1'"),
        ("99999999999999999999", "bigint out of range"),
        ("(" * 200 + "1", "the expression is nested too deeply"),
    ],
)
def test_what_cannot_be_read(text: str, sentence: str) -> None:
    with pytest.raises(ExpressionFailed) as raised:
        compiled(text)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 / 0", "division by zero"),
        ("9223372036854775807 + 1", "bigint out of range"),
        (":nobody", "there is no variable nobody"),
        (":word", "variable word is no number"),
        ("true + 1", "a number is needed, not TRUE"),
        ("random(5, 1)", "the range of random() is empty: 5 is more than 1"),
        ("random_zipfian(1, 9, 1.0)", "the parameter of random_zipfian() must be from 1.001 to 1000.0, not 1.0"),
        ("random_gaussian(1, 9, 1.5)", "the parameter of random_gaussian() must be 2.0 or more, not 1.5"),
        ("random_exponential(1, 9, 0)", "the parameter of random_exponential() must be more than 0, not 0.0"),
    ],
)
def test_what_cannot_be_computed(text: str, sentence: str) -> None:
    with pytest.raises(ExpressionFailed) as raised:
        _value(text, word="x")
    assert str(raised.value) == sentence
