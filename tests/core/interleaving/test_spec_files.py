"""Cases read from files: isolationtester's vocabulary, -- T1 files, what is wrong with them."""

import pytest

from dsqltui.core.interleaving.orders import count_orders
from dsqltui.core.interleaving.spec import SpecUnreadable, expectation_of, with_plain_begins
from dsqltui.core.interleaving.spec_file import read_spec

SOMEBODYS = """
# Two guards, one row each.
setup
{
  CREATE TABLE guard (id int PRIMARY KEY, note text); -- not a } here
  INSERT INTO guard VALUES (1, 'a } b'), (2, '');
}
teardown { DROP TABLE guard; }

session "s1"
setup    { BEGIN ISOLATION LEVEL SERIALIZABLE; }
step rx1 { SELECT count(*) FROM guard; }
step wx1 { UPDATE guard SET note = 'x' WHERE id = 1; }
step c1  { COMMIT; }
session s2
setup    { BEGIN ISOLATION LEVEL SERIALIZABLE; }
step rx2 { SELECT count(*) FROM guard; }
step wx2 { UPDATE guard SET note = 'y' WHERE id = 1; }
step c2  { COMMIT; }
teardown { SELECT 1; }

permutation rx1 wx1 c1 rx2 wx2 c2
permutation "rx1" wx1 wx2(wx1) c1 c2(*)   # one waits for the other
"""
TAGGED = """
-- about: two writers
create table test (id int primary key, value int);
insert into test values
  (1, 10), (2, 20);
-- check: select * from test order by id
-- expect: none-lost
begin; set transaction isolation level serializable; -- T1
begin; -- T2
update test
   set value = 11 where id = 1; -- T1
update test set value = 12 where id = 1; -- T2, BLOCKS
commit; -- T1. This unblocks T2
commit; -- T2
select count(*) from test; -- either
"""


def test_isolationtesters_vocabulary() -> None:
    spec = read_spec("two-guards", SOMEBODYS)
    assert [script.name for script in spec.sessions] == ["s1", "s2"]
    assert [s.name for s in spec.sessions[0].statements] == ["", "rx1", "wx1", "c1"]
    assert spec.setup[1] == "INSERT INTO guard VALUES (1, 'a } b'), (2, '')"
    assert spec.teardown == ("DROP TABLE guard", "SELECT 1")
    assert count_orders(spec.sessions) == 70
    assert spec.notes[:2] == (
        "Line 23: wx2(wx1) says who blocks whom; left out, as nothing waits here.",
        "Line 23: c2(*) says who blocks whom; left out, as nothing waits here.",
    )
    assert "isolation level that Aurora DSQL refuses" in spec.notes[2]
    first, second = spec.listed
    assert first.order == (0, 1, 0, 0, 0, 1, 1, 1)
    assert second.name == "rx1 wx1 wx2 c1 c2"
    assert [s.sql for s in second.sessions[1].statements][1:] == ["UPDATE guard SET note = 'y' WHERE id = 1", "COMMIT"]
    plain = with_plain_begins(spec)
    assert plain.sessions[0].statements[0].sql == "BEGIN"
    assert plain.listed[0].sessions[1].statements[0].sql == "BEGIN"
    assert plain.notes == spec.notes[:2]


def test_lines_that_say_their_transaction() -> None:
    spec = read_spec("g0", TAGGED)
    assert spec.about == "two writers"
    assert spec.setup[1].startswith("insert into test values\n")
    assert [len(script.statements) for script in spec.sessions] == [4, 3]
    assert spec.sessions[0].statements[2].sql == "update test\n   set value = 11 where id = 1"
    assert spec.listed[0].order == (0, 0, 1, 0, 1, 0, 1)
    assert spec.check == ("select * from test order by id", "select count(*) from test")
    assert spec.expected.rules == ("none-lost",)
    assert spec.notes[0] == "Line 12: the mark says that it blocks; left out, as nothing waits here."
    plain = with_plain_begins(spec)
    assert [len(script.statements) for script in plain.sessions] == [3, 3]
    assert plain.listed[0].order == (0, 1, 0, 1, 0, 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT 1;", "neither a `session` nor a line that ends in `-- T1`"),
        ("session a step x { BEGIN; COMMIT; }", "There are 1 sessions; write two to 4."),
        ("session a\nstep x { BEGIN; COMMIT;", "Line 2: the { is not closed."),
        ("session a\nstep x { SELECT 1 }\nstep x { SELECT 2 }", "there are two steps x"),
        ("setup { }\nstep x { SELECT 1 }", "a step stands before the first session"),
        ("session a step x {SELECT 1} session b step y {SELECT 1} permutation x z", "names the step z"),
        ("session a step x {SELECT 1} session b step y {SELECT 1} foo", "Line 1: `foo` is not known here."),
        ("session a step x {\\d t} session b step y {SELECT 1}", "Session a has a backslash command"),
        ("session a step x {SELECT 1} session b step y {} ", "Session b has no statement."),
        ("begin; -- T1\nbegin; -- T2\nupdate t set v = 1;\ncommit; -- T1", "a statement has no mark"),
        ("expect { anomaly two }\nsession a", "neither"),
        ("session a step x {SELECT 1} expect { anomaly two }", "'anomaly' cannot be expected"),
        ("session a ?", "'?' is not expected here"),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    with pytest.raises(SpecUnreadable) as told:
        read_spec("wrong", text)
    assert problem in str(told.value)


def test_expectations() -> None:
    found = expectation_of("no-anomaly, serialisable=2, loses 2")
    assert found.rules == ("no-anomaly",)
    assert found.counts == {"serialisable": 2, "loses": 2}
