"""What a transaction has used of its limits."""

import pytest

from dsqltui.core.results.outcome import Column, Done, Rows
from dsqltui.core.transactions.budget import bytes_of, gauges, size_words, spent, usage_words
from support.screens.story import OC000, Story, selected


def test_rows_come_from_the_tags_and_copy_is_told_apart() -> None:
    story = Story()
    begin = story.run("A", "begin")
    story.run("A", "insert into t values (1), (2)", "INSERT 0 2")
    story.run("A", "update t set n = 1 returning n", Rows((Column("n", 23),), (("1",),) * 7, "UPDATE 7", False, 0.1))
    story.run("A", "delete from t", "DELETE 3")
    story.run("A", "copy t from stdin", "COPY 100", copy_bytes=900)
    story.run("A", "select * from t", selected("1", "2"))
    used = spent(story.entries)
    assert used is not None
    assert (used.rows, used.copied_rows, used.changed_rows, used.statements) == (12, 100, 112, 5)
    assert used.started_s == begin.started_s
    _, rows, _ = gauges(used, story.now)
    assert rows.short == "112 rows (100 by COPY)"


def test_refused_statements_and_reads_change_nothing() -> None:
    story = Story()
    story.run("A", "begin")
    story.run("A", "copy t to stdout", Done("COPY 50", 0.1))
    story.run("A", "update t set n = 1", OC000)
    used = spent(story.entries)
    assert used is not None
    assert used.changed_rows == 0
    assert spent([]) is None


def test_bytes_are_the_values_written_times_the_rows_they_went_into() -> None:
    story = Story()
    insert = story.run("A", f"insert into t values (1, '{'x' * 100}')", "INSERT 0 1")
    update = story.run("A", f"update t set s = '{'x' * 100}' where id = '{'y' * 500}'", "UPDATE 10")
    copied = story.run("A", "copy t from stdin", "COPY 2", copy_bytes=77)
    assert (bytes_of(insert), bytes_of(update), bytes_of(copied)) == (101, 1_000, 77)


def test_in_full_all_three_are_told_with_their_limits() -> None:
    story = Story()
    begin = story.run("A", "begin")
    story.run("A", "copy t from stdin", "COPY 100", copy_bytes=2048)
    used = spent(story.entries)
    assert used is not None
    told = usage_words(used, begin.started_s + 61)
    assert told == ("1:01 of 5:00", "100 of 3,000 rows (100 by COPY)", "about 2.0 KiB of 10.0 MiB (an estimate)")


def test_a_long_statement_is_weighed_by_its_beginning() -> None:
    story = Story()
    values = ", ".join(f"('{'x' * 90}')" for _ in range(3_000))
    entry = story.run("A", f"insert into t values {values}", "INSERT 0 3000")
    assert 240_000 < bytes_of(entry) < 290_000
    assert entry.is_cut


@pytest.mark.parametrize(
    ("age_s", "words", "is_near"), [(41, "0:41", False), (239, "3:59", False), (240, "4:00 of 5:00", True)]
)
def test_the_age_is_amber_from_80_percent_on(age_s: float, words: str, is_near: bool) -> None:
    story = Story()
    begin = story.run("A", "begin")
    used = spent(story.entries)
    assert used is not None
    age, _, _ = gauges(used, begin.started_s + age_s)
    assert (age.short, age.is_near) == (words, is_near)


@pytest.mark.parametrize(
    ("count", "words", "is_near"),
    [(0, "", False), (1, "1 row", False), (2_399, "2,399 rows", False), (2_400, "2,400 of 3,000 rows", True)],
)
def test_rows_are_amber_from_80_percent_on(count: int, words: str, is_near: bool) -> None:
    story = Story()
    story.run("A", "begin")
    story.run("A", "update t set n = n", f"UPDATE {count}")
    used = spent(story.entries)
    assert used is not None
    _, rows, _ = gauges(used, story.now)
    assert (rows.short, rows.is_near) == (words, is_near)


def test_bytes_are_told_only_when_they_are_near_and_as_an_estimate() -> None:
    story = Story()
    story.run("A", "begin")
    story.run("A", "copy t from stdin", "COPY 2", copy_bytes=9 * 1024 * 1024)
    used = spent(story.entries)
    assert used is not None
    assert gauges(used, story.now)[2].short == "about 9.0 MiB of 10.0 MiB"
    assert [size_words(n) for n in (5, 2048)] == ["5 B", "2.0 KiB"]
