"""The start screen: what it offers, what it says when Regions do not answer, what is chosen."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from textual.pilot import Pilot

from dsqltui.core.aws.clusters import Cluster, Found
from dsqltui.core.aws.start_choices import (
    GUIDED_LABS,
    SAMPLE_DATA,
    SIMULATOR,
    Origin,
    Recent,
    StartEntry,
    entries_of_recent,
)
from dsqltui.ui.screens.start import StartApp
from support.screens.shown_text import shown_text

PROD = StartEntry(Origin.CONNECTION, "prod", "[red]hosts[/]", connection="prod")


def arn(region: str, identifier: str) -> str:
    return f"arn:aws:dsql:{region}:111122223333:cluster/{identifier}"


def cluster(region: str, identifier: str, peer: str = "", status: str = "ACTIVE") -> Cluster:
    host = f"{identifier}.dsql.{region}.on.aws"
    return Cluster(identifier, arn(region, identifier), region, status, host, peers=(peer,) if peer else ())


PAIR = Found(
    (
        cluster("us-east-1", "aa", arn("us-east-2", "bb")),
        cluster("us-east-2", "bb", arn("us-east-1", "aa")),
        cluster("us-west-2", "cc", status="CREATING"),
    ),
    {"eu-west-1": "no dsql:ListClusters in eu-west-1", "eu-west-2": "no dsql:ListClusters in eu-west-2"},
)


@asynccontextmanager
async def started(
    found: Found, *known: StartEntry, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[StartApp, Pilot[StartEntry]]]:
    asked = asyncio.Event()

    async def find() -> Found:
        asked.set()
        return found

    app = StartApp(known or (SIMULATOR,), find)
    async with app.run_test(size=size) as pilot:
        await asked.wait()
        await until(pilot, lambda: "looking" not in text_of(app))
        yield app, pilot


async def until(pilot: Pilot[StartEntry], condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        await pilot.pause()


def text_of(app: StartApp) -> str:
    return shown_text(app)


async def test_a_pair_that_was_found_is_opened() -> None:
    async with started(PAIR) as (app, pilot):
        text = text_of(app)
        assert "Found in your AWS account" in text
        assert "us-east-1 + us-east-2  ACTIVE" in text
        assert "eu-west-1, eu-west-2: no dsql:ListClusters" in text, "the same reason is said once"
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value is not None
    assert app.return_value.hosts == ("aa.dsql.us-east-1.on.aws", "bb.dsql.us-east-2.on.aws")


async def test_a_cluster_that_takes_no_connections_is_not_opened() -> None:
    async with started(PAIR) as (app, pilot):
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "It is CREATING and takes no connections." in text_of(app))
        assert app.return_value is None


async def test_the_simulator_is_the_first_choice_and_headings_are_none() -> None:
    async with started(Found(()), SIMULATOR) as (app, pilot):
        assert "No clusters in your Regions" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == SIMULATOR


async def test_connections_and_recent_pairs_come_first_and_hold_no_markup() -> None:
    recent = entries_of_recent([Recent(("abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws",), "reports", "dev")])
    async with started(Found(()), PROD, *recent, SIMULATOR) as (app, pilot):
        text = text_of(app)
        assert "[red]hosts[/]" in text
        assert "abcdefgh….us-east-1" in text
        assert "as reports, profile dev" in text
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value is not None
    assert (app.return_value.user, app.return_value.profile) == ("reports", "dev")


async def test_leaving_opens_nothing() -> None:
    async with started(PAIR) as (app, pilot):
        await pilot.press("escape")
        await pilot.pause()
    assert app.return_value is None


def _has_ended(app: StartApp) -> bool:
    return app.return_value is not None


async def test_labs_and_sample_data_are_offered_and_say_what_they_begin_with() -> None:
    for entry, lab, text in ((GUIDED_LABS, "?", ""), (SAMPLE_DATA, "", "\\i sql/rewards/ddl.sql")):
        async with started(Found((), {}), SIMULATOR, GUIDED_LABS, SAMPLE_DATA) as (app, pilot):
            assert "Guided labs" in text_of(app)
            await pilot.press(*["down"] * (1 if entry is GUIDED_LABS else 2), "enter")
            await until(pilot, partial(_has_ended, app))
        assert app.return_value is entry
        assert app.return_value.lab == lab
        assert app.return_value.text.startswith(text)
