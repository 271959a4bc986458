"""What F5 runs."""

from dsqltui.ui.state.choice import choose, choose_all

TEXT = "select 1;\n\nselect 'é;',\n  2;\n-- end\n"


def test_the_statement_under_the_cursor_and_the_next_one() -> None:
    choice = choose(TEXT, None, 3)
    assert [statement.text for statement in choice.statements] == ["select 1"]
    assert choice.range == (0, 9)
    assert choice.next_start == TEXT.index("select '")


def test_behind_the_last_statement_one_can_write_on() -> None:
    choice = choose(TEXT, None, len(TEXT))
    assert [statement.text for statement in choice.statements] == ["select 'é;',\n  2"]
    assert choice.next_start == TEXT.index("\n-- end")


def test_an_empty_line_below_the_last_statement_is_where_one_writes_on() -> None:
    assert choose("select 1;\n", None, 10).next_start == 10
    assert choose("select 1;\n", None, 3).next_start == 10
    assert choose("select 1;\n\n", None, 11).next_start == 11
    assert choose("select 1;  ", None, 11).next_start == 9
    assert choose("select 1;\nselect 2;\n", None, 9).next_start == 10


def test_offsets_of_a_selection_are_those_of_the_whole_text() -> None:
    start = TEXT.index("select '")
    choice = choose(TEXT, (start, len(TEXT)), start)
    assert [(statement.start, statement.end) for statement in choice.statements] == [(start, TEXT.index("\n-- end"))]
    assert choice.next_start is None


def test_nothing_to_run() -> None:
    assert choose("", None, 0).statements == ()
    assert choose("-- only a comment", None, 3).statements == ()
    assert choose(TEXT, (9, 11), 9).statements == ()
    assert choose_all(" \n").statements == ()


def test_everything() -> None:
    assert len(choose_all(TEXT).statements) == 2
