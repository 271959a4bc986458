"""pgbench's script files."""

from random import Random

import pytest

from dsqltui.core.sql.classify import StatementKind
from dsqltui.core.storm.builtin import BUILTIN_SCRIPTS, builtin_script, initial_statements
from dsqltui.core.storm.expression import ScriptState
from dsqltui.core.storm.functions import ScriptValue, SessionRandom
from dsqltui.core.storm.plan import Schedule, ScriptChoice
from dsqltui.core.storm.row_keys import RowKey, primary_keys_in, rows_of_statement, written_rows
from dsqltui.core.storm.script import (
    AssignVariable,
    Jump,
    LoadScriptUnusable,
    SendSql,
    Sleep,
    name_and_weight,
    read_load_script,
)
from dsqltui.core.storm.template import Template


def _walked(text: str, **variables: ScriptValue | str) -> list[str]:
    """What a session sends that goes through the script."""
    script, state, at = read_load_script(text, "s.sql"), ScriptState(SessionRandom(1), dict(variables)), 0
    sent = []
    while at < len(script.commands):
        command = script.commands[at]
        at += 1
        match command:
            case SendSql():
                sent.append(command.template.filled(state.variables))
            case AssignVariable():
                state.variables[command.name] = command.compute(state)
            case Jump(condition=None):
                at = command.target
            case Jump(condition=condition) if condition is not None and not condition(state):
                at = command.target
            case _:
                pass
    return sent


def test_statements_and_variables() -> None:
    sent = _walked(
        """-- a comment; with a semicolon
\\set id 3 * 7
\\set both \\
   :id + \\
   1
BEGIN; UPDATE t SET v = ':id', w = 1::int, x = :nobody /* inside; */
  WHERE id = :id;  -- behind
END;
select ';' , $$a;b$$ , (select 1; );
select :both"""
    )
    assert sent == [
        "BEGIN",
        "UPDATE t SET v = '21', w = 1::int, x = :nobody /* inside; */\n  WHERE id = 21",
        "END",
        "select ';' , $$a;b$$ , (select 1; )",
        "select 22",
    ]


def test_kinds_and_lines() -> None:
    script = read_load_script("\\set a 1\nBEGIN;\n\\sleep 5 ms\nselect 1 \\gset p_\n\\sleep :a us\nCOMMIT;\n", "s")
    found = [(type(c).__name__, c.line) for c in script.commands]
    assert found == [("AssignVariable", 1), ("SendSql", 2), ("Sleep", 3), ("SendSql", 4), ("Sleep", 5), ("SendSql", 6)]
    begin, read, commit = [c for c in script.commands if isinstance(c, SendSql)]
    assert (begin.kind, read.kind, commit.kind) == (StatementKind.BEGIN, StatementKind.READ, StatementKind.COMMIT)
    assert read.gset == "p_"
    assert [c.unit_s for c in script.commands if isinstance(c, Sleep)] == [1e-3, 1e-6]


@pytest.mark.parametrize(
    ("n", "sent"),
    [(1, ["one", "end"]), (2, ["two", "even", "end"]), (4, ["many", "even", "end"]), (5, ["many", "end"])],
)
def test_branches(n: int, sent: list[str]) -> None:
    text = """
\\if :n = 1
one;
\\elif :n = 2
two;
\\else
many;
\\endif
\\if :n % 2 = 0
even;
\\endif
end;
"""
    assert _walked(text, n=n) == sent


def test_everything_that_is_wrong_is_named_with_its_line() -> None:
    with pytest.raises(LoadScriptUnusable) as raised:
        read_load_script(
            "select 1;\n\\setshell a b\n\\startpipeline\nselect 2 \\; select 3;\nselect 4 \\aset\n\\sleep x\n\\set\n\\set a 1 +\n\\foo\n\\else\n\\if true\ncopy t from stdin;",
            "s.sql",
        )
    assert str(raised.value).splitlines() == [
        "s.sql, line 2: \\setshell is not supported",
        "s.sql, line 3: \\startpipeline is not supported",
        "s.sql, line 4: \\; (several statements at once) is not supported; Aurora DSQL wants them one by one",
        "s.sql, line 5: \\aset is not supported",
        "s.sql, line 6: \\sleep: a whole number or :name is needed, and then us, ms or s",
        "s.sql, line 7: \\set: a name and an expression are needed",
        "s.sql, line 8: \\set: the expression ends too early",
        "s.sql, line 9: \\foo is no command of a pgbench script",
        "s.sql, line 10: \\else: there is no \\if before it",
        "s.sql, line 12: COPY is not supported",
        "s.sql, line 11: \\if without \\endif",
    ]


def test_no_sql() -> None:
    with pytest.raises(LoadScriptUnusable, match="holds no SQL"):
        read_load_script("\\set a 1\n", "s.sql")


def test_draws_in_transactions() -> None:
    inside = "BEGIN;\n\\set a random(1, 2)\nselect :a;\nCOMMIT;\n"
    before = "\\set a random(1, 2)\nBEGIN;\n\\set b 1\nselect :a;\nCOMMIT;\n\\set a random(1, 2)\n"
    assert read_load_script(inside, "s").draws_in_transactions
    assert not read_load_script(before, "s").draws_in_transactions


def test_weights() -> None:
    assert name_and_weight("a@b.sql@3") == ("a@b.sql", 3)
    assert name_and_weight("a.sql") == ("a.sql", 1)
    with pytest.raises(ValueError, match="no FILE@WEIGHT"):
        name_and_weight("a.sql@x")
    often, seldom = (read_load_script("select 1;", n, weight=w) for n, w in (("often", 9), ("seldom", 1)))
    rng, choice = Random(1), ScriptChoice([often, seldom])
    assert 850 < sum(choice.draw(rng).name == "often" for _ in range(1000)) < 950


@pytest.mark.parametrize("name", BUILTIN_SCRIPTS)
def test_builtin_scripts_are_read(name: str) -> None:
    full, text = builtin_script(name[:3])
    assert full == name
    assert all(statement.count(":") == 0 for statement in _walked(text, scale=1))


def test_initial_rows_come_in_pieces() -> None:
    statements = list(initial_statements(1))
    assert len(statements) == 4 + 1 + 1 + 34
    assert (
        statements[-1]
        == "INSERT INTO pgbench_accounts SELECT n, (n - 1) / 100000 + 1, 0, '' FROM generate_series(99001, 100000) AS n"
    )


def test_schedule_is_a_poisson_process() -> None:
    schedule = Schedule(100.0, Random(1))
    times = [schedule.take() for _ in range(5_000)]
    assert times == sorted(times)
    assert 47 < times[-1] < 53
    left = Schedule(100.0, Random(2))
    assert 900 < left.left_before(10.0) < 1_100
    assert left.left_before(10.0) == 0


KEYS = primary_keys_in([("shop", "orders", "id"), ("public", "lines", "order_id"), ("public", "lines", "line")])


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("UPDATE shop.orders SET n = n + 1 WHERE id = 7 AND version = 3", [("shop.orders", "id=7")]),
        ("update shop.orders o set n = 1 where o.id = '7'::uuid", [("shop.orders", "id='7'")]),
        ("DELETE FROM lines WHERE line = -2 AND order_id = 5", [("lines", "order_id=5, line=-2")]),
        ("DELETE FROM lines WHERE order_id = 5", [("lines", "")]),
        ("SELECT * FROM shop.orders WHERE id IN (1, 2) FOR UPDATE", [("shop.orders", "id=1"), ("shop.orders", "id=2")]),
        ("UPDATE shop.orders SET n = 1 WHERE id = 1 OR id = 2", [("shop.orders", "")]),
        ("UPDATE shop.orders SET n = 1 WHERE id = 1 + 1", [("shop.orders", "")]),
        ("UPDATE shop.orders SET n = 1", [("shop.orders", "")]),
        (
            "INSERT INTO shop.orders (n, id) VALUES (now(), 4), (2, 5)",
            [("shop.orders", "id=4"), ("shop.orders", "id=5")],
        ),
        ("INSERT INTO shop.orders VALUES (4)", [("shop.orders", "")]),
        ("INSERT INTO shop.orders (id) SELECT 4", [("shop.orders", "")]),
        ("INSERT INTO other (id) VALUES (4)", [("other", "")]),
        ("UPDATE other SET n = 1 WHERE a = 1 AND b = 'x y'", [("other", "a=1, b='x y'")]),
        ("SELECT * FROM shop.orders WHERE id = 1", []),
        ("CREATE TABLE a (id int)", []),
        ("BEGIN", []),
    ],
)
def test_rows_that_a_statement_writes(sql: str, rows: list[tuple[str, str]]) -> None:
    assert [(row.table, row.key) for row in rows_of_statement(sql, KEYS)] == rows


def test_rows_of_a_template() -> None:
    written = written_rows(Template.of("UPDATE shop.orders SET n = :n WHERE id = :id AND s = 'a:s'"), KEYS)
    assert written is not None
    assert written.of_run({"id": 12, "n": 3}) == (RowKey("shop.orders", "id=12"),)
    quoted = written_rows(Template.of("UPDATE t SET n = 1 WHERE code = 'c:id'"))
    assert quoted is not None
    assert quoted.of_run({"id": 12}) == (RowKey("t", "code='c12'"),)


def test_rows_that_came_back_show_the_key() -> None:
    written = written_rows(Template.of("UPDATE shop.orders SET n = 1 WHERE place = :p RETURNING id, n"), KEYS)
    assert written is not None
    assert written.keys == ()
    assert written.of_result(("id", "n"), [("3", "1"), ("4", "1")]) == (
        RowKey("shop.orders", "id=3"),
        RowKey("shop.orders", "id=4"),
    )
    assert written.of_result(("n",), [("1",)]) == (RowKey("shop.orders"),)
    assert written.of_result((), []) == (RowKey("shop.orders"),)
