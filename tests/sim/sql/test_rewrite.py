"""Replaced names and error positions, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.sim.sql.analysis import analyse
from dsqltui.sim.sql.rewrite import Rewritten, ShadowNames, Shift, with_shadows

ON_PATH: ShadowNames = {("s", "t"): "t"}
"""The search path finds s.t as t: its shadow has its name."""
OFF_PATH: ShadowNames = {("s", "t"): "s.t"}
"""It does not: the shadow is called "s.t"."""


def rewritten(sql: str, shadows: ShadowNames) -> str:
    return with_shadows(sql, analyse(sql).qualified, shadows).text


@pytest.mark.parametrize(
    ("sql", "on_path", "off_path"),
    [
        ("SELECT 1", "SELECT 1", "SELECT 1"),
        ("SELECT * FROM t, s.other", "SELECT * FROM t, s.other", "SELECT * FROM t, s.other"),
        ("SELECT * FROM s.t", 'SELECT * FROM pg_temp."t"', 'SELECT * FROM pg_temp."s.t" AS "t"'),
        ("SELECT * FROM s.t AS x", 'SELECT * FROM pg_temp."t" AS x', 'SELECT * FROM pg_temp."s.t" AS x'),
        ("SELECT * FROM s.t x", 'SELECT * FROM pg_temp."t" x', 'SELECT * FROM pg_temp."s.t" x'),
        (
            "SELECT * FROM s.t WHERE a",
            'SELECT * FROM pg_temp."t" WHERE a',
            'SELECT * FROM pg_temp."s.t" AS "t" WHERE a',
        ),
        ("SELECT s.t.a FROM s.t", 'SELECT pg_temp."t".a FROM pg_temp."t"', 'SELECT "t".a FROM pg_temp."s.t" AS "t"'),
        ("SELECT * FROM S . T", 'SELECT * FROM pg_temp."t"', 'SELECT * FROM pg_temp."s.t" AS "t"'),
        ('SELECT * FROM "s"."t"', 'SELECT * FROM pg_temp."t"', 'SELECT * FROM pg_temp."s.t" AS "t"'),
        ('SELECT * FROM "S".t', 'SELECT * FROM "S".t', 'SELECT * FROM "S".t'),
        ("SELECT s.t(1)", "SELECT s.t(1)", "SELECT s.t(1)"),
        ("SELECT 's.t', $$s.t$$ -- s.t", "SELECT 's.t', $$s.t$$ -- s.t", "SELECT 's.t', $$s.t$$ -- s.t"),
        ("UPDATE s.t SET a = 1", 'UPDATE pg_temp."t" SET a = 1', 'UPDATE pg_temp."s.t" AS "t" SET a = 1'),
        ("DELETE FROM s.t", 'DELETE FROM pg_temp."t"', 'DELETE FROM pg_temp."s.t" AS "t"'),
        (
            "INSERT INTO s.t VALUES (1)",
            'INSERT INTO pg_temp."t" VALUES (1)',
            'INSERT INTO pg_temp."s.t" AS "t" VALUES (1)',
        ),
        (
            "INSERT INTO s.t (a) SELECT 1",
            'INSERT INTO pg_temp."t" (a) SELECT 1',
            'INSERT INTO pg_temp."s.t" AS "t" (a) SELECT 1',
        ),
        ("COPY s.t FROM STDIN", 'COPY pg_temp."t" FROM STDIN', 'COPY pg_temp."s.t" FROM STDIN'),
        ("COPY s.t (a) TO STDOUT", 'COPY pg_temp."t" (a) TO STDOUT', 'COPY pg_temp."s.t" (a) TO STDOUT'),
        (
            "SELECT * FROM s.t JOIN s.t y ON s.t.a = y.a",
            'SELECT * FROM pg_temp."t" JOIN pg_temp."t" y ON pg_temp."t".a = y.a',
            'SELECT * FROM pg_temp."s.t" AS "t" JOIN pg_temp."s.t" y ON "t".a = y.a',
        ),
    ],
)
def test_names_are_replaced(sql: str, on_path: str, off_path: str) -> None:
    assert rewritten(sql, ON_PATH) == on_path
    assert rewritten(sql, OFF_PATH) == off_path
    assert rewritten(sql, {}) == sql


def test_odd_names() -> None:
    shadows: ShadowNames = {("a b", 'c"d'): 'a b.c"d'}
    assert rewritten('SELECT * FROM "a b"."c""d"', shadows) == 'SELECT * FROM pg_temp."a b.c""d" AS "c""d"'


@pytest.mark.parametrize("shadows", [ON_PATH, OFF_PATH], ids=["on the path", "off the path"])
def test_positions_point_into_the_original(shadows: ShadowNames) -> None:
    sql = "SELECT s.t.a, here FROM s.t, s.t AS x WHERE there"
    replaced = with_shadows(sql, analyse(sql).qualified, shadows)
    for word in ("SELECT", "here", "AS x", "WHERE", "there"):
        assert replaced.original_position(replaced.text.index(word) + 1) == sql.index(word) + 1
    inside = replaced.text.index("pg_temp") + 3
    assert sql[replaced.original_position(inside) - 1 :].startswith("s.t")


def test_a_position_behind_the_end() -> None:
    replaced = with_shadows("SELECT * FROM s.t", analyse("SELECT * FROM s.t").qualified, OFF_PATH)
    assert replaced.original_position(len(replaced.text) + 1) == len("SELECT * FROM s.t") + 1


def test_text_before_the_statement_counts() -> None:
    assert Rewritten("SELECT x").behind(10).original_position(8) == 18


pieces = st.lists(st.tuples(st.text("ab ", max_size=5), st.text("XY", min_size=1, max_size=4)), max_size=5)


@given(pieces=pieces, tail=st.text("ab ", max_size=5), growth=st.integers(0, 9))
def test_every_kept_character_maps_back_to_itself(pieces: list[tuple[str, str]], tail: str, growth: int) -> None:
    """Lower-case characters are kept, upper-case runs are replaced by one of another length."""
    original, text, shifts, kept = "", "", [], []
    for keep, replaced in pieces:
        kept += [(len(text) + offset + 1, len(original) + offset + 1) for offset in range(len(keep))]
        original, text = original + keep, text + keep
        shifts.append(Shift(len(original), len(original) + len(replaced), growth))
        original, text = original + replaced, text + "_" * growth
    kept += [(len(text) + offset + 1, len(original) + offset + 1) for offset in range(len(tail))]
    result = Rewritten(text + tail, tuple(shifts))
    for sent, expected in kept:
        assert result.original_position(sent) == expected
