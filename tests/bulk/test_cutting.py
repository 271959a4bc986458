r"""What `\batch` takes, and what it refuses and why."""

import pytest

from dsqltui.core.bulk.batch_ledger import BatchLedger, Part
from dsqltui.core.bulk.cutting import CannotCut, read_work, refuse_key
from dsqltui.core.psql import BadArguments, BatchWork, BulkOptions, Copy, parse_command
from dsqltui.core.results.single_table import TableName
from dsqltui.core.transactions.commit_verdict import CommitVerdict, RowEvidence, verdict_of


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("insert into t values (1)", "Only DELETE and UPDATE"),
        ("with x as (select 1) delete from t", "Only DELETE and UPDATE"),
        ("delete from t; delete from u", "More than one statement"),
        ("delete from t where id = 1 returning id", "RETURNING"),
        ("delete from t using u where t.id = u.id", "another table"),
        ("update t set a = u.a from u where t.id = u.id", "another table"),
        ("update t set status = 'done' where status = 'new'", "It changes status, which its WHERE tests"),
        ('update t set "A" = 1 where "A" is null', "It changes A, which"),
        ("update t set (a, b) = (1, 2) where x = 1 or lower(b) = 'x'", "It changes b, which"),
        ("delete from t where n < (select avg(n) from t)", "reads t in a subquery"),
        ("update t set n = (select max(n) from s.t) where g = 1", "reads t in a subquery"),
        ("delete from t where random() < 0.5", r"WHERE calls random\(\)"),
    ],
)
def test_refused(sql: str, reason: str) -> None:
    with pytest.raises(CannotCut, match=reason):
        read_work(sql)


def test_refused_for_the_key() -> None:
    with pytest.raises(CannotCut, match="t has no primary key"):
        refuse_key(read_work("delete from t"), [])
    with pytest.raises(CannotCut, match=r"changes the primary key \(id\)"):
        refuse_key(read_work("update t set v = 1, id = id + 1"), ["id"])


def test_parts() -> None:
    work = read_work("delete from only s.t as x where x.a > 1 /* old */ and b in (select id from u);")
    assert (work.table, work.target, work.prefix) == (TableName("t", "s"), "only s.t as x", '"x".')
    assert work.condition == "x.a > 1 /* old */ and b in (select id from u)"
    assert work.keys_sql(["k"]) == (
        'SELECT "x"."k" FROM only s.t as x WHERE x.a > 1 /* old */ and b in (select id from u) ORDER BY "x"."k"'
    )
    assert work.change_sql(["k", "l"], ["integer", "text"], 2) == (
        "DELETE FROM only s.t as x USING (VALUES ($1::integer, $2::text), ($3::integer, $4::text)) AS "
        '"keys of the batch"("key 1", "key 2") WHERE "x"."k" = "keys of the batch"."key 1" AND '
        '"x"."l" = "keys of the batch"."key 2" AND (x.a > 1 /* old */ and b in (select id from u))'
    )
    update = read_work("UPDATE t SET n = n + f(1, 2), v[1] = 'x = y' WHERE g = 1")
    assert (update.columns, update.assignments) == (("n", "v"), "n = n + f(1, 2), v[1] = 'x = y'")
    assert 'RETURNING "t"."id", "t"."n", "t"."v"' in update.change_sql(["id"], ["integer"], 1)
    assert read_work("delete from t").condition == ""


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (r"\batch 1000 delete from t where v = 'a;b\n';", BatchWork(1000, r"delete from t where v = 'a;b\n'")),
        (
            r"\batch 10 parallel 4 retry 20 resume update t set a = 1",
            BatchWork(10, "update t set a = 1", BulkOptions(parallel=4, retries=20, is_resumed=True)),
        ),
        (
            r"\copy t from 'f' csv batch 3000 parallel 8 retry 10 rejects 'no.csv' resume in",
            Copy(
                "t",
                True,
                "f",
                "csv",
                batch_rows=3000,
                bulk=BulkOptions(parallel=8, retries=10, rejects="no.csv", is_resumed=True, doubts="in"),
            ),
        ),
        (
            r"\copy t from f batch 5 RESTART rejects",
            Copy("t", True, "f", "", batch_rows=5, bulk=BulkOptions(rejects="", is_restarted=True)),
        ),
    ],
)
def test_commands(text: str, command: object) -> None:
    assert parse_command(text) == command


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (r"\batch delete from t", "The rows of one transaction are missing"),
        (r"\batch 3001 delete from t", "1 to 3,000"),
        (r"\batch 10", "The statement is missing"),
        (r"\batch 10 rejects delete from t", r"rejects is for \copy"),
        (r"\copy t from f batch 10 parallel", "parallel needs a number"),
        (r"\copy t from f batch 10 parallel 65", "parallel is 1 to 64"),
        (r"\copy t from f batch 10 fast", "fast is not known behind batch"),
        (r"\copy t from f batch 10 resume restart", "write one of them"),
        (r"\copy t from f batch 10 resume resume", "resume is there twice"),
    ],
)
def test_commands_not_understood(text: str, problem: str) -> None:
    command = parse_command(text)
    assert isinstance(command, BadArguments)
    assert problem in command.problem


def test_what_is_left_of_a_batch() -> None:
    ledger = BatchLedger()
    for place in (0, 100):
        ledger.hear({"is": "keys", "keys": [["1"]] * 10}, place)
    assert ledger.left() == [Part(0, 0, 10), Part(1, 0, 10)]
    for record in (
        {"is": "sent", "part": [0, 0, 10]},
        {"is": "out", "part": [0, 0, 10]},
        {"is": "sent", "part": [0, 0, 5]},
        {"is": "done", "part": [0, 0, 5], "rows": 4},
        {"is": "sent", "part": [1, 0, 10]},
        {"is": "commit", "part": [1, 0, 10], "rows": 10, "before": [], "after": []},
    ):
        ledger.hear(record)
    assert ledger.left() == [Part(0, 5, 10)]
    assert list(ledger.doubts) == [Part(1, 0, 10)]
    assert (ledger.rows_changed, ledger.keys_done, ledger.transactions, ledger.keys) == (4, 5, 1, 20)
    with pytest.raises(ValueError, match="damaged"):
        ledger.hear({"is": "done", "part": [1]})


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ("a", CommitVerdict.COMMITTED),
        ("b", CommitVerdict.NOT_COMMITTED),
        ("aaa?", CommitVerdict.COMMITTED),
        ("b??", CommitVerdict.NOT_COMMITTED),
        ("ab", CommitVerdict.UNKNOWN),
        ("?", CommitVerdict.UNKNOWN),
        ("=", CommitVerdict.UNKNOWN),
        ("=a", CommitVerdict.COMMITTED),
        ("", CommitVerdict.UNKNOWN),
    ],
)
def test_verdicts(rows: str, verdict: CommitVerdict) -> None:
    assert verdict_of(RowEvidence(row in "b=", row in "a=") for row in rows) is verdict
