"""How often the panes' transactions lost."""

from dsqltui.core.journal.journal import Event, Journal
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import kind_of
from dsqltui.core.storm.meter import ConflictMeter

IDLE, OPEN = TransactionState.IDLE, TransactionState.OPEN
DATA = Refused(ServerError("40001", "change conflicts with another transaction (OC000)"), 0.0)
SCHEMA = Refused(ServerError("40001", "schema has been updated by another transaction (OC001)"), 0.0)


class _Console:
    def __init__(self) -> None:
        self.journal, self.meter = Journal(), ConflictMeter()
        self.journal.listen(self.meter.record)
        self.state = {"A": IDLE, "B": IDLE}

    def run(self, pane: str, sql: str, outcome: Outcome | None = None, after: TransactionState | None = None) -> None:
        before = self.state[pane]
        verb = sql.split()[0].lower()
        after = after or {"begin": OPEN, "commit": IDLE, "rollback": IDLE}.get(verb, before)
        self.state[pane] = after
        tag = {"begin": "BEGIN", "commit": "COMMIT", "rollback": "ROLLBACK"}.get(verb, "UPDATE 1")
        done = outcome or Done(tag, 0.0)
        self.journal.statement(
            pane, f"region-{pane.lower()}", "admin", sql, kind_of(sql), done, before=before, after=after, ended_s=1.0
        )

    def transaction(self, pane: str, sql: str, outcome: Outcome | None = None) -> None:
        for statement in ("BEGIN", sql):
            self.run(pane, statement)
        self.run(pane, "COMMIT", outcome)


def test_words() -> None:
    it = _Console()
    assert it.meter.words == "A 0 of 0 lost, B 0 of 0 lost"
    for number in range(17):
        it.transaction("A", "UPDATE shop.orders SET n = 1 WHERE id = 1", DATA if number < 3 else None)
    for number in range(15):
        it.transaction("B", f"UPDATE shop.orders SET n = 1 WHERE id = {number}", DATA if number == 1 else None)
    assert it.meter.words == "A 3 of 17 lost, B 1 of 15 lost; hot: shop.orders id=1"
    assert it.meter.lines == [
        "A (region-a): 3 of 17 lost (OC000 3)",
        "B (region-b): 1 of 15 lost (OC000 1)",
        "Rows of transactions that lost, all that they wrote:",
        "      4  shop.orders id=1",
    ]
    assert ConflictMeter.of(it.journal).words == it.meter.words


def test_what_counts() -> None:
    it = _Console()
    it.run("A", "SELECT 1")
    it.run("A", "UPDATE t SET n = 1")
    it.run("A", "UPDATE t SET n = 1 WHERE id = 3", DATA)
    it.run("A", "SELECT 1", SCHEMA)
    it.run("A", "BEGIN")
    it.run("A", "UPDATE t SET n = 1 WHERE id = 4")
    it.run("A", "ROLLBACK")
    it.transaction("A", "SELECT 1")
    it.run("A", "BEGIN")
    it.run("A", "SELECT n FROM t", SCHEMA, after=TransactionState.FAILED)
    it.run("A", "COMMIT", Done("ROLLBACK", 0.0))
    assert it.meter.panes["A"].words == "3 of 5 lost"
    assert [hot.row.shown for hot in it.meter.heat.top] == ["t id=3"]


def test_a_connection_that_ends_takes_its_transaction_with_it() -> None:
    it = _Console()
    it.run("A", "BEGIN")
    it.run("A", "UPDATE t SET n = 1 WHERE id = 4")
    it.journal.connection("A", "region-a", "admin", Event.LOST, started_s=1.0, ended_s=1.0)
    it.state["A"] = IDLE
    it.run("A", "UPDATE t SET n = 1 WHERE id = 5", DATA)
    assert [hot.row.shown for hot in it.meter.heat.top] == ["t id=5"]
