"""The strip of both panes, its picture and its transcript."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.results.outcome import Column, Done, Rows
from dsqltui.core.story.timeline import Timeline, timeline
from dsqltui.core.story.timeline_svg import timeline_svg
from dsqltui.core.story.timescale import timescale
from dsqltui.core.story.transcript import transcript
from support.journals import Recorder, first_conflict, rows

WIDTH = 76


def text(cells: list[tuple[str, str]]) -> str:
    return "".join(char for char, _ in cells).rstrip()


def glyphs(strip: Timeline, pane: str) -> str:
    return "".join(mark.glyph for mark in strip.marks if mark.entry.pane == pane)


class TestTimescale:
    def test_to_scale_with_long_gaps_cut(self) -> None:
        scale = timescale([0, 1, 2, 4, 1_000], 40)
        one, two, four = scale.places[1], scale.places[2] - scale.places[1], scale.places[3] - scale.places[2]
        assert one == two
        assert four == pytest.approx(2 * one, abs=1)
        assert [(gap.first, gap.last, gap.seconds) for gap in scale.gaps] == [(scale.places[3], scale.places[4], 996)]

    @given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.integers(31, 200))
    def test_every_moment_has_a_place_of_its_own_within_the_width(self, moments: list[float], width: int) -> None:
        scale = timescale(moments, width)
        assert scale.places[-1] < width
        assert len(set(scale.places)) == len(set(moments))
        assert [scale.place(moment) for moment in scale.moments] == list(scale.places)

    def test_too_many(self) -> None:
        with pytest.raises(ValueError, match="do not fit"):
            timescale(list(range(50)), 40)


class TestStrip:
    def test_first_conflict(self) -> None:
        strip = timeline(first_conflict(), WIDTH)
        assert (glyphs(strip, "A"), glyphs(strip, "B")) == ("^[rw✗", "^[w]")
        (join,) = strip.joins
        assert (join.winner.entry.sql, join.winner.entry.pane, join.loser.entry.pane) == ("commit", "B", "A")
        assert text(strip.between()).strip() == "╭" + "─" * (join.loser.place - join.winner.place - 1) + "╯"
        assert text(strip.lane("A")).count("─") > 10
        assert all(len(line) == WIDTH for line in (strip.lane("A"), strip.between(), strip.ruler()))

    def test_overlap_is_seen(self) -> None:
        strip = timeline(first_conflict(), WIDTH)
        a, b = (next(span for span in strip.spans if span.pane == pane) for pane in "AB")
        assert a.place < b.place < b.end < a.end
        assert [a.is_open, b.is_open] == [False, False]

    def test_an_open_transaction_runs_to_the_edge(self) -> None:
        pen = Recorder()
        pen.ran("A", 0, "begin")
        pen.ran("B", 5, "select 1")
        strip = timeline(pen.journal, WIDTH)
        assert strip.spans[0].is_open
        assert len(text(strip.lane("A"))) == WIDTH

    def test_a_long_statement_is_drawn_to_scale(self) -> None:
        pen = Recorder()
        pen.ran("A", 0, "select pg_sleep(3)", Done("SELECT 1", 3.0))
        pen.ran("B", 1, "select 1")
        pen.ran("B", 2, "select 2")
        strip = timeline(pen.journal, WIDTH)
        first, second = (mark.place for mark in strip.marks if mark.entry.pane == "B")
        sleep = strip.marks[0]
        assert (sleep.end - sleep.place) / (second - first) == pytest.approx(3, rel=0.1)
        assert text(strip.lane("A")).startswith("r━━━")

    def test_only_the_newest_fit_and_older_ones_can_be_asked_for(self) -> None:
        pen = Recorder()
        for second in range(300):
            pen.ran("AB"[second % 2], second, f"select {second}")
        strip = timeline(pen.journal, WIDTH)
        assert (len(strip.marks), strip.left_out) == (38, 262)
        assert strip.marks[-1].entry.sql == "select 299"
        older = timeline(pen.journal, WIDTH, last=100)
        assert older.marks[-1].entry.number == 100

    def test_a_failed_transaction_s_commit_is_a_rollback(self) -> None:
        pen = Recorder()
        pen.ran("A", 0, "begin")
        pen.ran("A", 1, "commit", Done("ROLLBACK", 0.01))
        assert glyphs(timeline(pen.journal, WIDTH), "A") == "[)"

    def test_nothing_yet(self) -> None:
        strip = timeline([], WIDTH)
        assert (strip.marks, text(strip.lane("A")), text(strip.ruler())) == ((), "", "")

    @given(
        st.lists(
            st.tuples(
                st.sampled_from("AB"),
                st.floats(0, 1e5),
                st.floats(0, 50),
                st.sampled_from(["begin", "commit", "select 1", "update t set a = 1"]),
            ),
            max_size=40,
        ),
        st.integers(4, 120),
    )
    def test_any_journal_can_be_drawn(self, acts: list[tuple[str, float, float, str]], width: int) -> None:
        pen = Recorder()
        for pane, at_s, took_s, sql in sorted(acts, key=lambda act: act[1]):
            pen.ran(pane, at_s, sql, Done("OK", took_s))
        strip = timeline(pen.journal, width)
        places = [mark.place for mark in strip.marks]
        assert places == sorted(set(places))
        for line in (strip.lane("A"), strip.lane("B"), strip.between(), strip.ruler()):
            assert len(line) == width
        ET.fromstring(timeline_svg(pen.journal))


def test_the_picture_shows_markup_as_text() -> None:
    pen = Recorder()
    pen.ran("A", 0, "select '<script>alert(1)</script>' & '\x1b[31m'")
    pen.ran("B", 1, "select 2")
    svg = timeline_svg(pen.journal, title="<b>&")
    ET.fromstring(svg)
    assert "<script" not in svg
    assert "\x1b" not in svg
    assert "&lt;script&gt;" in svg


def test_the_picture_joins_the_conflict() -> None:
    svg = timeline_svg(first_conflict())
    assert svg.count("<path") == 1
    assert svg.count("<circle") == 9
    assert "us-east-2" in svg


class TestTranscript:
    def test_first_conflict(self) -> None:
        document = "".join(transcript(first_conflict()))
        lines = document.splitlines()
        table = [line for line in lines if line.startswith("|")]
        assert "| time | A us-east-1 | B us-east-2 |" in table
        assert any("<code>begin</code><br>→ BEGIN, 4 ms |  |" in line for line in table)
        assert any("|  | **8** <code>commit</code><br>→ COMMIT, 30 ms |" in line for line in table)
        assert any("**✗ 40001** change conflicts" in line for line in table)
        assert "| 1 | Old \\| Street |" in lines
        assert "**9** in A lost to **8** in B" in document

    def test_results_are_cut_and_said_so(self) -> None:
        pen = Recorder()
        pen.ran("A", 0, "select", rows("n", *((str(n),) for n in range(50))))
        document = "".join(transcript(pen.journal, rows=3))
        assert "the first 3 of 50 rows fetched" in document
        assert document.splitlines()[-1] == "| 2 |"

    def test_a_plan_keeps_its_indentation(self) -> None:
        pen = Recorder()
        lines = ("Sort", "  ->  Full Scan on t  (cost=1 | 2)", *(f"        Filter {n}" for n in range(10)))
        pen.ran("A", 0, "explain select", Rows((Column("QUERY PLAN", 25),), tuple((x,) for x in lines), "", False, 0.1))
        document = "".join(transcript(pen.journal, rows=3))
        assert "\n\n    Sort\n      ->  Full Scan on t  (cost=1 | 2)\n" in document
        assert document.endswith("            Filter 9\n")

    def test_sql_cannot_leave_its_cell(self) -> None:
        pen = Recorder()
        pen.ran("A", 0, "select '|`*_' -- <b>\nfrom t")
        row = "".join(transcript(pen.journal)).splitlines()[-1]
        assert row.count(" | ") == 2
        assert "&#124;&#96;&#42;&#95;" in row
        assert "&lt;b&gt;<br>from t" in row

    def test_nothing_yet(self) -> None:
        assert "Nothing was run." in "".join(transcript([]))


def test_passwords_leave_the_console_in_no_form() -> None:
    pen = Recorder()
    pen.ran("A", 0, "create role app with login password 'hunter2'")
    assert "hunter2" not in "".join(transcript(pen.journal)) + timeline_svg(pen.journal)
