"""asyncpg, which is told no address but a host name: the fixture lets the name resolve."""

import asyncio
import ssl

import asyncpg

from dsqltui.testing import Dsql


async def connected(dsql: Dsql, number: int = 0) -> asyncpg.Connection:
    at = dsql.endpoints[number]
    return await asyncpg.connect(
        host=at.host,
        port=at.port,
        user="admin",
        password=dsql.token(number),
        database="postgres",
        ssl=ssl.create_default_context(cafile=dsql.ca_file),
    )


async def count(dsql: Dsql) -> list[str]:
    here, there = await connected(dsql, 0), await connected(dsql, 1)
    await here.execute("create table counter (id int primary key, n int)")
    await here.execute("insert into counter values ($1, 0)", 1)
    said = []
    for connection in (here, there):
        transaction = connection.transaction(isolation=None)
        await transaction.start()
        await connection.execute("update counter set n = n + $1 where id = 1", 1)
        said.append(transaction)
    await said[0].commit()
    try:
        await said[1].commit()
    except asyncpg.exceptions.SerializationError as lost:
        return [str(lost), str(await here.fetchval("select n from counter"))]
    finally:
        await here.close()
        await there.close()
    return []


def test_a_counter_in_two_regions(dsql_environ: Dsql) -> None:
    conflict, value = asyncio.run(count(dsql_environ))
    assert "OC000" in conflict
    assert value == "1"


def test_the_table_is_gone(dsql_environ: Dsql) -> None:
    async def look() -> object:
        connection = await connected(dsql_environ)
        try:
            return await connection.fetchval("select to_regclass('counter')::text")
        finally:
            await connection.close()

    assert asyncio.run(look()) is None
