"""What a lab needs: the first thing that no reset repairs hides what only follows from it."""

from dsqltui.core.results.outcome import Outcome
from dsqltui.labs.observers import LabObservers
from support.labs import lab, template_table
from support.screens.fake_session import FakeSession, refused, rows

TABLES, ADDRESS = "select count(*) from pg_tables", "select address from customers"


async def unmet(tables: str, address: Outcome) -> list[str]:
    session = FakeSession("us-east-1")
    session.answer(TABLES, rows("count", (tables,)))
    session.answer(ADDRESS, address)
    said = {"en": "no", "ja": "い"}
    needs = [
        {"query": TABLES, "value": "9", "say": said},
        {"query": ADDRESS, "value": "4550 Z Street", "say": said, "repaired_by_reset": True},
    ]
    made = lab(template_table() | {"needs": needs})
    return [need.query for need in await LabObservers(lambda _: session).unmet(made, {})]


async def test_without_the_tables_nothing_is_said_of_their_rows() -> None:
    assert await unmet("0", refused("42P01", "no such table")) == [TABLES]


async def test_what_a_reset_repairs_is_said_beside_the_rest() -> None:
    assert await unmet("9", rows("address", ("123 Main Street",))) == [ADDRESS]
    assert await unmet("9", rows("address", ("4550 Z Street",))) == []
