"""A dialog's answer, awaited. When the waiting is given up, the dialog goes."""

import asyncio
from typing import TypeVar

from textual.screen import Screen

from dsqltui.ui.extension.feature import Console

T = TypeVar("T")


async def answer_of(console: Console, dialog: Screen[T]) -> T | None:
    """Show a dialog over the console; what it was dismissed with."""
    answered: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()

    def answer(given: T | None) -> None:
        if not answered.done():
            answered.set_result(given)

    console.ask(dialog, answer)
    try:
        return await answered
    finally:
        if answered.cancelled() and console.app.screen is dialog:
            dialog.dismiss(None)
