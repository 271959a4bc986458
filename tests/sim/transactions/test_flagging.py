"""Which SELECT ... FOR UPDATE tells its rows' keys in hidden columns, and how it is sent."""

import pytest

from dsqltui.sim.pg.relay import Held
from dsqltui.sim.pg.wire import data_row, row_description
from dsqltui.sim.sql.rewrite import replaced
from dsqltui.sim.transactions.flagging import Flagging, FlagSink, flagging, lock_form, weakened


@pytest.mark.parametrize(
    ("sql", "aliases"),
    [
        ("SELECT v FROM t WHERE id = 1 FOR UPDATE", ["t"]),
        ("select * from s.t as x, u y where x.id = y.id order by 1 limit 3 for update", ["x", "y"]),
        ("SELECT v FROM t JOIN u ON u.id = t.id FOR KEY SHARE OF u", ["u"]),
        ("SELECT a IS DISTINCT FROM b FROM t FOR UPDATE", ["t"]),
        ("SELECT extract(year FROM d) FROM t, generate_series(1, 2) g FOR UPDATE", ["t"]),
    ],
)
def test_plain_forms(sql: str, aliases: list[str]) -> None:
    form = lock_form(sql)
    assert form is not None
    assert [table.alias for table in form.tables] == aliases


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT v FROM t",
        "SELECT v FROM (SELECT * FROM t FOR UPDATE) x",
        "SELECT v FROM (SELECT * FROM t) x FOR UPDATE",
        "SELECT v FROM t LEFT JOIN u ON true FOR UPDATE OF t",
        "SELECT DISTINCT v FROM t FOR UPDATE",
        "SELECT v FROM t UNION SELECT 1 FOR UPDATE",
        "WITH x AS (SELECT 1) SELECT v FROM t FOR UPDATE",
        "UPDATE t SET v = 1",
    ],
)
def test_other_forms(sql: str) -> None:
    assert lock_form(sql) is None


def test_what_is_sent() -> None:
    sql = "SELECT v FROM t WHERE id = 1 FOR UPDATE"
    form = lock_form(sql)
    assert form is not None
    sent = replaced(sql, flagging(form, [("16400", ("id",))]).replacements).text
    key = 'pg_catalog.hash_record_extended(ROW("t"."id"), 0)::pg_catalog.text'
    assert sent.replace('"', "") == f"SELECT v ,{key} AS dsqltui_0 FROM t WHERE id = 1 FOR KEY SHARE".replace('"', "")
    assert replaced(sql, weakened(sql)).text == "SELECT v FROM t WHERE id = 1 FOR KEY SHARE"


def test_hidden_columns_do_not_reach_the_client() -> None:
    client, flagged = Held(), Flagging((), ("16400",))
    sink = FlagSink(client, flagged)
    sink.write(row_description([("v", 23), ("dsqltui_0", 25)]) + data_row(["7", "-12"]) + data_row([None, None]))
    assert bytes(client.data) == row_description([("v", 23)]) + data_row(["7"]) + data_row([None])
    assert flagged.found == [("16400", "-12")]
