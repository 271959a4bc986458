"""Servers of tests on loopback."""

import asyncio


async def all_gone(server: asyncio.Server) -> None:
    """Wait until no connection of a closed server is left. One that outlives its loop fails whatever test comes next.

    `Server.wait_closed` of Python 3.11 does not wait for them: https://github.com/python/cpython/issues/79033
    """
    await server.wait_closed()
    while getattr(server, "_active_count", 0):  # noqa: ASYNC110  # the server has no event for it
        await asyncio.sleep(0.001)
