r"""What `\\copy` says of the rows when the server refuses a batch, or the connection is lost under one."""

from collections.abc import AsyncIterator

import pytest

from dsqltui.core.answers.answers import Said
from dsqltui.core.results.outcome import Done, Lost, Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import split
from dsqltui.runner.statements.statement_runner import StatementRunner
from support.screens.fake_session import FakeSession, refused

IDLE, OPEN = TransactionState.IDLE, TransactionState.OPEN


class Scripted(FakeSession):
    """Takes all data, and answers one COPY after the other as laid out."""

    def __init__(self, *outcomes: Outcome) -> None:
        super().__init__("us-east-1")
        self.outcomes = list(outcomes)

    async def copy_in(self, statement: str, pieces: AsyncIterator[bytes]) -> Outcome:  # noqa: ARG002
        async for _ in pieces:
            pass
        return self.outcomes.pop(0)


async def told(batch: str, *outcomes: Outcome, before: str = "") -> str:
    session = Scripted(*outcomes)
    await session.connect()
    if before:
        await session.run(before, limit=1)
    runner = StatementRunner(session, row_limit=10)
    (statement,) = split(f"\\copy t from stdin csv{batch}\n1\n2\n3\n4\n5\n\\.\n")
    answers = [answer async for answer in runner.run(statement)]
    return "".join(answer.text for answer in answers if isinstance(answer, Said))


def lost(state: TransactionState = IDLE, *, was_sent: bool = True) -> Lost:
    return Lost("gone", state, was_sent, 0.1)


@pytest.mark.parametrize(
    ("batch", "outcomes", "said"),
    [
        ("", [lost()], "Whether the rows are in is not known: count them before you copy again."),
        ("", [lost(was_sent=False)], "No row is in."),
        ("", [refused("22P02", "no")], "No row is in."),
        (
            "",
            [refused("XX000", "server unavailable")],
            "Whether the rows are in is not known: count them before you copy again.",
        ),
        (" batch 2", [lost()], "Whether rows 1 to 2 are in is not known: count them before you copy again."),
        (
            " batch 2",
            [Done("COPY 2", 0.1), lost()],
            "Rows 1 to 2 are in; whether rows 3 to 4 are in is not known: count them before you copy again.",
        ),
        (" batch 2", [Done("COPY 2", 0.1), lost(was_sent=False)], "Rows 1 to 2 are in, the rest is not."),
        (
            " batch 2",
            [Done("COPY 2", 0.1), refused("23505", "duplicate")],
            "Refused: the batch of rows 3 to 4. Rows 1 to 2 are in, the rest is not.",
        ),
    ],
)
async def test_in_autocommit(batch: str, outcomes: list[Outcome], said: str) -> None:
    assert await told(batch, *outcomes) == said


async def test_within_a_transaction_a_loss_takes_the_rows_with_it() -> None:
    assert await told("", lost(OPEN), before="begin") == "No row is in."
