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


async def test_a_reset_that_fails_is_told_in_both_languages() -> None:
    session = FakeSession("us-east-1")
    session.answer("drop table mine", refused("42501", "must be owner of table mine"))
    made = lab(template_table() | {"reset": "drop table mine;"})
    said = await LabObservers(lambda _: session).reset(made, {})
    assert said is not None
    assert said.en == "reset: drop table mine: 42501 must be owner of table mine"
    assert said.ja == "リセット: drop table mine: 42501 must be owner of table mine"


async def test_a_reset_that_does_not_help_is_told_in_both_languages() -> None:
    session = FakeSession("us-east-1")
    session.answer(ADDRESS, rows("address", ("123 Main Street",)))
    said = {"en": "no", "ja": "い"}
    need = {"query": ADDRESS, "value": "4550 Z Street", "say": said, "repaired_by_reset": True}
    told = await LabObservers(lambda _: session).reset(lab(template_table() | {"needs": [need]}), {})
    assert told is not None
    assert "reset does not bring back" in told.en
    assert "必要な状態に戻りません" in told.ja
