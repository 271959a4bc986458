"""What our own classifier says of scripts for Aurora DSQL."""

import pytest

from dsqltui.core.scripts.own_hints import own_hints


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("begin;\ncreate table a (x int);\ncreate table b (x int);\ncommit;", [(3, "one-ddl")]),
        ("begin;\ngrant select on a to b;\ninsert into a values (1);\ncommit;", [(3, "ddl-and-dml")]),
        ("begin;\ninsert into a values (1);\ndrop table b;\nrollback;", [(3, "ddl-and-dml")]),
        ("begin;\ncreate table a (x int);\ncommit;\nbegin;\ncreate table b (x int);\ncommit;", []),
        ("create table a (x int);\ninsert into a values (1);", []),
        ("begin;\nselect 1;\ninsert into a values (1);\nupdate a set x = 2 where x = 1;\ncommit;", []),
        ("select 1;\nbegin;\nselect 2;", [(2, "open-transaction")]),
        ("delete from a;\nupdate a set x = 1;\ndelete from a where x = 1;", [(1, "all-rows"), (2, "all-rows")]),
        ("insert into a select * from b;\n\\echo delete\nselect 'delete from a'", []),
    ],
)
def test_by_line(text: str, found: list[tuple[int, str]]) -> None:
    assert [(hint.line, hint.rule) for hint in own_hints(text)] == found
    assert all(hint.origin == "dsqltui" and hint.suggestion for hint in own_hints(text))
