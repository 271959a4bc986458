"""Many clients at once: nothing is lost, nobody hangs, and nothing is left of clients that vanish."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sim.conftest import BehindTheScenes, Connect
from support.servers.forms import Answer, Client, Form
from support.servers.raw_client import Closed, RawClient, query
from support.servers.simulator import RunningSimulator

CLIENTS = 8
ACCOUNTS = 6
TRANSFERS = 30
DEADLINE_S = 60.0
FORMS = tuple(Form)


@pytest.fixture
def bank(connect: Connect, schema: str) -> Client:
    """A session with accounts of 1000 each, and a counter per account."""
    client = connect(0)
    client.expect(f"SET search_path TO {schema}", "SET")
    client.expect("CREATE TABLE accounts (id int PRIMARY KEY, balance int, changes int DEFAULT 0)", "CREATE TABLE")
    client.expect(f"INSERT INTO accounts SELECT n, 1000 FROM generate_series(1, {ACCOUNTS}) n", f"INSERT 0 {ACCOUNTS}")
    return client


def all_at_once(work: Callable[[int], int]) -> list[int]:
    """Run work(0), work(1), ... in threads of their own; their results."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return [future.result(DEADLINE_S) for future in [pool.submit(work, number) for number in range(CLIENTS)]]


def transfer(client: Client, dice: random.Random) -> Answer:
    """Move money in one transaction; the answer of its COMMIT, or of the first statement that failed."""
    giver, taker = dice.sample(range(1, ACCOUNTS + 1), 2)
    amount = dice.randrange(1, 50)
    lock = " FOR UPDATE" if dice.random() < 0.3 else ""
    answer = Answer()
    for sql in (
        "BEGIN",
        f"SELECT balance FROM accounts WHERE id = {giver}{lock}",
        f"UPDATE accounts SET balance = balance - {amount}, changes = changes + 1 WHERE id = {giver}",
        f"UPDATE accounts SET balance = balance + {amount}, changes = changes + 1 WHERE id = {taker}",
        "COMMIT",
    ):
        answer = client.run(sql)
        if answer.sqlstate is not None:
            client.run("ROLLBACK")
            return answer
    return answer


def transfers(client: Client, number: int, count: int) -> int:
    """Do so many transfers, each until it succeeds; how many attempts lost."""
    dice = random.Random(number)
    lost = 0
    for _ in range(count):
        while (answer := transfer(client, dice)).sqlstate is not None:
            assert answer.sqlstate == "40001", answer
            lost += 1
    return lost


def test_transfers_keep_the_sum_and_lose_no_update(connect: Connect, bank: Client, schema: str) -> None:
    clients = [connect(number % 2, FORMS[number % 3]) for number in range(CLIENTS)]
    for client in clients:
        client.expect(f"SET search_path TO {schema}", "SET")
    lost = all_at_once(lambda number: transfers(clients[number], number, TRANSFERS))
    assert bank.rows("SELECT sum(balance), sum(changes) FROM accounts") == (
        (str(1000 * ACCOUNTS), str(2 * CLIENTS * TRANSFERS)),
    )
    assert sum(lost) > 0, "nobody met a conflict, so nothing was shown"


def test_autocommit_counters_count_every_success(connect: Connect, bank: Client, schema: str) -> None:
    clients = [connect(number % 2, FORMS[number % 3]) for number in range(CLIENTS)]

    def count(number: int) -> int:
        succeeded = 0
        for attempt in range(TRANSFERS):
            in_transaction = (attempt + number) % 4 == 0
            client = clients[number]
            sql = f"UPDATE {schema}.accounts SET changes = changes + 1 WHERE id = 1"
            if in_transaction:
                client.expect("BEGIN", "BEGIN")
            answer = client.run(sql)
            if in_transaction:
                answer = client.run("COMMIT")
            assert answer.sqlstate in (None, "40001"), answer
            succeeded += answer.sqlstate is None
        return succeeded

    succeeded = all_at_once(count)
    assert bank.run("SELECT changes FROM accounts WHERE id = 1").value == str(sum(succeeded))


def test_who_works_on_rows_of_his_own_never_loses(connect: Connect, bank: Client, schema: str) -> None:
    """Neither by the commits of others, of which some are always under way, nor by DDL on tables of others."""
    clients = [connect(number % 2, FORMS[number % 3]) for number in range(CLIENTS)]
    for client in clients:
        client.expect(f"SET search_path TO {schema}", "SET")

    def work(number: int) -> int:
        client, own = clients[number], 100 * (number + 1)
        for turn in range(TRANSFERS):
            client.expect("BEGIN", "BEGIN")
            client.expect(f"INSERT INTO accounts VALUES ({own + turn}, 0)", "INSERT 0 1")
            client.expect(f"SELECT id FROM accounts WHERE id = {own} FOR UPDATE", "SELECT 1")
            client.expect(f"UPDATE accounts SET changes = changes + 1 WHERE id = {own}", "UPDATE 1")
            client.expect("COMMIT", "COMMIT")
            client.expect(f"UPDATE accounts SET balance = balance + 1 WHERE id = {own}", "UPDATE 1")
            if number == 0 and turn % 8 == 0:
                client.expect(f"CREATE TABLE mine{turn} (id int PRIMARY KEY)", "CREATE TABLE")
                client.expect(f"DROP TABLE mine{turn}", "DROP TABLE")
        return TRANSFERS

    assert sum(all_at_once(work)) == CLIENTS * TRANSFERS
    assert bank.rows("SELECT sum(balance), sum(changes) FROM accounts WHERE id >= 100") == (
        (str(CLIENTS * TRANSFERS), str(CLIENTS * TRANSFERS)),
    )


def test_ddl_in_the_middle(connect: Connect, bank: Client, schema: str) -> None:
    clients = [connect(number % 2, FORMS[number % 3]) for number in range(CLIENTS)]
    for client in clients:
        client.expect(f"SET search_path TO {schema}", "SET")

    def work(number: int) -> int:
        if number:
            return transfers(clients[number], number, TRANSFERS // 2)
        for round_ in range(6):
            clients[0].expect(f"ALTER TABLE accounts ADD COLUMN extra{round_} int", "ALTER TABLE")
            clients[0].expect(f"CREATE TABLE extra{round_} (id int PRIMARY KEY)", "CREATE TABLE")
        return 0

    all_at_once(work)
    assert bank.rows("SELECT sum(balance), sum(changes) FROM accounts") == (
        (str(1000 * ACCOUNTS), str(2 * (CLIENTS - 1) * (TRANSFERS // 2))),
    )


def test_clients_killed_in_the_middle(
    connect: Connect, bank: Client, schema: str, simulator: RunningSimulator, behind: BehindTheScenes
) -> None:
    survivors = [connect(number % 2, FORMS[number % 3]) for number in range(CLIENTS)]
    for client in survivors:
        client.expect(f"SET search_path TO {schema}", "SET")
    stopping = threading.Event()

    def kill(number: int) -> int:
        dice = random.Random(number)
        killed = 0
        while not stopping.is_set():
            victim = RawClient.logged_in(simulator.parameters(number % 2), application_name="victim")
            row = dice.randrange(1, ACCOUNTS + 1)
            work = f"BEGIN; UPDATE {schema}.accounts SET balance = 0 WHERE id = {row}"
            try:
                victim.ask(query(work))
            except Closed:
                raise AssertionError("the simulator closed the connection") from None
            victim.send(query(dice.choice(["SELECT pg_sleep(60)", f"SELECT * FROM {schema}.accounts"])))
            victim.vanish()
            killed += 1
        return killed

    with ThreadPoolExecutor(2) as killers:
        killed = [killers.submit(kill, number) for number in range(2)]
        all_at_once(lambda number: transfers(survivors[number], number, TRANSFERS // 2))
        stopping.set()
        assert sum(future.result(DEADLINE_S) for future in killed) > 0
    assert bank.rows("SELECT sum(balance), sum(changes) FROM accounts") == (
        (str(1000 * ACCOUNTS), str(2 * CLIENTS * (TRANSFERS // 2))),
    )
    behind.wait_until_gone("victim")


def test_who_gives_way_goes_in_the_middle(
    connect: Connect, bank: Client, schema: str, simulator: RunningSimulator
) -> None:
    """A session that was set aside asks for its rows back at COMMIT, of one whose client goes at that very moment."""
    survivor = connect(1)
    for round_ in range(30):
        row = round_ % ACCOUNTS + 1
        changes = f"UPDATE {schema}.accounts SET changes = changes + 1 WHERE id = {row}"
        victim = RawClient.logged_in(simulator.parameters(round_ % 2))
        survivor.expect("BEGIN", "BEGIN")
        survivor.expect(changes, "UPDATE 1")
        victim.ask(query(f"BEGIN; {changes}"))
        with ThreadPoolExecutor(1) as pool:
            committing = pool.submit(survivor.run, "COMMIT")
            victim.send(query(changes))
            victim.vanish()
            assert committing.result(DEADLINE_S).tag == "COMMIT"
    assert bank.rows("SELECT sum(changes) FROM accounts") == (("30",),)
