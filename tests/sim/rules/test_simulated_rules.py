"""The rules as clients of the simulator meet them: on both endpoints, in both forms of the protocol."""

import itertools
from collections.abc import Iterator

import pytest

from dsqltui.sim.rules.examples.table import RULES
from dsqltui.sim.rules.rule import Rule, Stage
from support.long_cases import spread
from support.servers.forms import Client, Form
from support.servers.simulator import RunningSimulator

FAILED_TRANSACTION = "25P02"
TEXT_RULES = [rule for rule in RULES if rule.stage is Stage.TEXT]

_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=[Form.SIMPLE, Form.EXTENDED], ids=lambda form: form.value)
def pair(simulator: RunningSimulator, request: pytest.FixtureRequest) -> Iterator[tuple[Client, Client]]:
    """A session on each endpoint, for all tests of one form."""
    a, b = (Client(simulator.connect(number), request.param) for number in (0, 1))
    yield a, b
    a.close()
    b.close()


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.id)
def test_the_example_is_refused(pair: tuple[Client, Client], rule: Rule) -> None:
    for client in pair:
        answer = client.run(rule.example)
        assert (answer.sqlstate, answer.message) == (rule.sqlstate, rule.text)
        assert client.status == "IDLE"


@pytest.mark.parametrize("rule", spread(TEXT_RULES, 5), ids=lambda rule: rule.id)
def test_a_refusal_fails_the_open_transaction(pair: tuple[Client, Client], rule: Rule) -> None:
    client = pair[0]
    client.expect("BEGIN", "BEGIN")
    assert client.run(rule.example).sqlstate == rule.sqlstate
    assert client.run("SELECT 1").sqlstate == FAILED_TRANSACTION
    client.expect("COMMIT", "ROLLBACK")
    client.expect("SELECT 1", "SELECT 1")


@pytest.mark.parametrize("rule", spread(TEXT_RULES, 3), ids=lambda rule: rule.id)
def test_the_near_miss_runs(pair: tuple[Client, Client], rule: Rule) -> None:
    client = pair[1]
    schema = f"near_miss_{next(_numbers)}"
    client.expect(f"CREATE SCHEMA {schema}", "CREATE SCHEMA")
    try:
        client.expect(f"SET search_path TO {schema}", "SET")
        for sql in (*rule.setup, rule.near_miss):
            answer = client.run(sql)
            assert answer.sqlstate is None, (sql, answer)
            if "INDEX ASYNC" in sql:  # its job would get in the way of the next test
                client.expect(f"CALL sys.wait_for_job('{answer.value}')", "CALL")
        if client.status != "IDLE":
            client.expect("ROLLBACK", "ROLLBACK")
    finally:
        client.expect("RESET search_path", "RESET")
        client.expect(f"DROP SCHEMA {schema} CASCADE", "DROP SCHEMA")


def test_a_refused_statement_ends_a_string_of_statements(simulator: RunningSimulator) -> None:
    client = Client(simulator.connect(0), Form.SIMPLE)
    assert client.run("SELECT 1; TRUNCATE t; SELECT 2").message == "unsupported statement: Truncate"
    assert client.status == "IDLE"
    client.close()
