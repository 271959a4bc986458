"""The databases of clusters that the API makes: each its own PostgreSQL, started when somebody connects.

A multi-Region cluster has one database for both of its endpoints. What is made here goes with the cluster, or with the
simulator: nothing is kept.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dsqltui.sim.aws.clusters import SimCluster
from dsqltui.sim.cluster.shared_cluster import SharedCluster
from dsqltui.sim.postgres.postgres import Postgres, PostgresError
from dsqltui.sim.protocol.admission import Admission
from dsqltui.sim.protocol.listener import Front
from dsqltui.sim.protocol.session import ClientSession

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Database:
    """One PostgreSQL and what shares it."""

    postgres: Postgres
    shared: SharedCluster
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_started: bool = False


class MadeClusters:
    """The databases of the clusters that the API has made. One event loop."""

    def __init__(
        self,
        directory: Path,
        new_postgres: Callable[[Path], Postgres],
        new_shared: Callable[[Postgres], SharedCluster],
        new_admission: Callable[[SimCluster], Admission],
    ) -> None:
        """Everything is kept below `directory`, which need not exist."""
        self._directory = directory
        self._new_postgres = new_postgres
        self._new_shared = new_shared
        self._new_admission = new_admission
        self._databases: dict[str, _Database] = {}
        """By the ARN of the cluster, or of the first of a multi-Region cluster."""
        self._admissions: dict[str, Admission] = {}

    def front(self, cluster: SimCluster) -> Front:
        """The cluster's endpoint."""
        return Front(cluster.endpoint, cluster.region, partial(self._open_session, cluster))

    async def _open_session(
        self, cluster: SimCluster, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> ClientSession:
        """A client's session, the database started first. Raises PostgresError, PgError, OSError."""
        database = self._database(_name_of(cluster))
        async with database.starting:
            if not database.is_started or not database.postgres.is_running:
                if not database.postgres.is_running:
                    await database.postgres.start()
                await database.shared.start()
                database.is_started = True
        if cluster.arn not in self._admissions:
            self._admissions[cluster.arn] = self._new_admission(cluster)
        return ClientSession(database.shared, self._admissions[cluster.arn], reader, writer)

    def _database(self, name: str) -> _Database:
        if name not in self._databases:
            postgres = self._new_postgres(self._directory / name.rpartition("/")[2])
            self._databases[name] = _Database(postgres, self._new_shared(postgres))
        return self._databases[name]

    def deleted(self, cluster: SimCluster) -> asyncio.Task[None] | None:
        """A cluster was deleted: its database ends, unless its peer still has it. The work, if there is any."""
        self._admissions.pop(cluster.arn, None)
        if any(arn in self._admissions for arn in cluster.linked_arns):
            return None
        database = self._databases.pop(_name_of(cluster), None)
        if database is None:
            return None
        return asyncio.get_running_loop().create_task(self._end(database), name="end of a cluster")

    async def stop(self) -> None:
        """End all databases and remove them."""
        await asyncio.gather(*(self._end(database) for database in self._databases.values()), return_exceptions=True)
        self._databases.clear()
        await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)

    async def _end(self, database: _Database) -> None:
        async with database.starting:
            try:
                await database.shared.stop()
                await database.postgres.stop()
            except (PostgresError, OSError) as problem:
                _log.warning("the database of a deleted cluster does not end: %s", problem)
            await asyncio.to_thread(shutil.rmtree, database.postgres.directory, ignore_errors=True)


def _name_of(cluster: SimCluster) -> str:
    return min(cluster.linked_arns) if cluster.linked_arns else cluster.arn
