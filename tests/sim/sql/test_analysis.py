"""What the simulator reads off a statement's tokens."""

import pytest

from dsqltui.sim.sql.analysis import Name, Nature, analyse, relations_written_by


@pytest.mark.parametrize(
    ("sql", "nature"),
    [
        ("", Nature.EMPTY),
        ("-- nothing", Nature.EMPTY),
        ("begin", Nature.BEGIN),
        ("START TRANSACTION READ ONLY", Nature.BEGIN),
        ("COMMIT AND NO CHAIN", Nature.COMMIT),
        ("END", Nature.COMMIT),
        ("ABORT WORK", Nature.ROLLBACK),
        ("ROLLBACK", Nature.ROLLBACK),
        ("ROLLBACK TO s", Nature.OTHER),
        ("COMMIT PREPARED 'x'", Nature.OTHER),
        ("SELECT 1", Nature.READ),
        ("(SELECT 1)", Nature.READ),
        ("VALUES (1)", Nature.READ),
        ("TABLE t", Nature.READ),
        ("WITH x AS (SELECT 1) SELECT * FROM x", Nature.READ),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", Nature.WRITE),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", Nature.WRITE),
        ("SELECT 'insert into t'", Nature.READ),
        ('SELECT "insert" FROM t', Nature.READ),
        ("SELECT t.update FROM t", Nature.READ),
        ("INSERT INTO t VALUES (1)", Nature.WRITE),
        ("/* why */ update t set a = 1", Nature.WRITE),
        ("DELETE FROM t", Nature.WRITE),
        ("SELECT * FROM t FOR UPDATE", Nature.LOCK),
        ("SELECT * FROM t FOR NO KEY UPDATE", Nature.LOCK),
        ("SELECT * FROM t FOR KEY SHARE", Nature.LOCK),
        ("SELECT * FROM (SELECT * FROM t FOR UPDATE) x", Nature.LOCK),
        ("SELECT substring('x' for 2)", Nature.READ),
        ("COPY t FROM STDIN", Nature.WRITE),
        ("COPY t TO STDOUT", Nature.READ),
        ("EXPLAIN UPDATE t SET a = 1", Nature.READ),
        ("EXPLAIN ANALYZE UPDATE t SET a = 1", Nature.WRITE),
        ("EXPLAIN (ANALYZE, VERBOSE) DELETE FROM t", Nature.WRITE),
        ("EXPLAIN ANALYZE SELECT 1", Nature.READ),
        ("CREATE TABLE t (id int)", Nature.DDL),
        ("GRANT SELECT ON t TO r", Nature.DDL),
        ("AWS IAM GRANT r TO 'arn'", Nature.DDL),
        ("COMMENT ON TABLE t IS 'x'", Nature.DDL),
        ("SET search_path TO x", Nature.OTHER),
        ("SHOW timezone", Nature.READ),
        ("CALL sys.wait_for_job('x')", Nature.OTHER),
        ("selct 1", Nature.OTHER),
        ("'just a string'", Nature.OTHER),
    ],
)
def test_nature(sql: str, nature: Nature) -> None:
    assert analyse(sql).nature is nature


@pytest.mark.parametrize(
    ("sql", "targets"),
    [
        ("SELECT * FROM t", []),
        ("INSERT INTO t VALUES (1)", [(None, "t")]),
        ("INSERT INTO S.T SELECT * FROM other", [("s", "t")]),
        ('UPDATE "S"."T" SET a = 1', [("S", "T")]),
        ("UPDATE ONLY t SET a = 1 FROM other", [(None, "t")]),
        ("DELETE FROM ONLY (t) USING other", [(None, "t")]),
        ("INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1", [(None, "t")]),
        (
            "WITH d AS (DELETE FROM a RETURNING *), u AS (UPDATE b SET x = 1) INSERT INTO c SELECT * FROM d",
            ["a", "b", "c"],
        ),
        ("SELECT * FROM t FOR UPDATE", [(None, "t")]),
        ("SELECT * FROM a JOIN s.b ON true, c WHERE a.x IN (SELECT 1 FROM d) FOR UPDATE", ["a", ("s", "b"), "c", "d"]),
        ("COPY s.t (a, b) FROM STDIN", [("s", "t")]),
        ("COPY (SELECT 1) TO STDOUT", []),
        ("EXPLAIN ANALYZE DELETE FROM t", [(None, "t")]),
        ("TRUNCATE t", []),
    ],
)
def test_targets(sql: str, targets: list[Name | str]) -> None:
    wanted = {(None, t) if isinstance(t, str) else t for t in targets}
    found = set(analyse(sql).targets)
    if analyse(sql).nature is Nature.LOCK:
        assert found >= wanted  # naming a column too costs nothing: no relation is called so
    else:
        assert found == wanted


def test_calls_and_copy() -> None:
    assert analyse('SELECT spend(1), "Odd"(2), s.f(3) FROM t WHERE a IN (1)').calls >= {"spend", "Odd", "f"}
    assert analyse("COPY t FROM STDIN").copies_in
    assert not analyse("COPY t TO STDOUT").copies_in


@pytest.mark.parametrize(
    ("sql", "touches"),
    [
        ("SELECT 1", False),
        ("INSERT INTO t VALUES (1)", True),
        ("SELECT 1 FROM t FOR UPDATE", True),
        ("DROP TABLE t", False),
    ],
)
def test_touches_rows(sql: str, touches: bool) -> None:
    assert analyse(sql).touches_rows is touches


def test_qualified_names_have_their_place() -> None:
    sql = "SELECT s.t.a FROM  s . t AS x, s.f(1)"
    first, second = analyse(sql).qualified
    assert (sql[first.start : first.end], first.is_column_prefix) == ("s.t", True)
    assert (sql[second.start : second.end], second.wants_alias) == ("s . t", False)


def test_a_function_body() -> None:
    body = "INSERT INTO log VALUES ($1); UPDATE s.t SET n = n - $1 WHERE id = 1 RETURNING n -- DELETE FROM x"
    assert set(relations_written_by(body)) == {(None, "log"), ("s", "t")}
    assert relations_written_by("SELECT 1") == ()


@pytest.mark.parametrize(
    ("sql", "nature", "targets"),
    [
        ("COPY (SELECT * FROM t) TO STDOUT", Nature.READ, ()),
        ("copy (select * from s.t where x in (select 1 from u)) to stdout (format csv)", Nature.READ, ()),
        ("COPY t TO STDOUT", Nature.READ, ()),
        ("COPY t (a, b) FROM STDIN", Nature.WRITE, ((None, "t"),)),
        ("COPY (SELECT * FROM t FOR UPDATE) TO STDOUT", Nature.LOCK, ((None, "t"),)),
        ("COPY (INSERT INTO t VALUES (1) RETURNING a) TO STDOUT", Nature.WRITE, ((None, "t"),)),
        ("COPY (WITH w AS (DELETE FROM t RETURNING a) SELECT a FROM w) TO STDOUT", Nature.WRITE, ((None, "t"),)),
    ],
)
def test_the_direction_of_copy(sql: str, nature: Nature, targets: tuple[tuple[str | None, str], ...]) -> None:
    analysis = analyse(sql)
    assert (analysis.nature, analysis.targets) == (nature, targets)
    assert analysis.copies_in == ("STDIN" in sql)
