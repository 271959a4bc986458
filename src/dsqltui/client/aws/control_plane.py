"""The control plane of Aurora DSQL: clusters found in several Regions at once, made, linked and deleted.

Every call is boto3's, in a thread; AWS_ENDPOINT_URL and profiles count as everywhere. Source of the order of calls:
Aurora DSQL User Guide, creating and deleting multi-Region clusters, read 2026-10.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

from dsqltui.client.aws.account import AwsAccount
from dsqltui.core.aws.clusters import (
    Cluster,
    ClusterProgress,
    ClusterStep,
    Found,
    check_regions,
    cluster_of,
    region_of_arn,
)
from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed

T = TypeVar("T")

_AT_ONCE = 8
"""Calls to AWS at the same time."""
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.25, 5.0


class ControlPlane:
    """One account's clusters. Every method raises ConnectFailed, with a symptom, when AWS refuses."""

    def __init__(self, account: AwsAccount, *, patience_s: float = 600.0) -> None:
        """`patience_s`: how long a change of state is waited for."""
        self._account = account
        self._patience_s = patience_s
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def find(self, regions: Sequence[str]) -> Found:
        """The clusters of these Regions, all asked at once. A Region that fails is among the failures."""
        answers = await asyncio.gather(*(self._in_region(region) for region in regions), return_exceptions=True)
        clusters: list[Cluster] = []
        failures: dict[str, str] = {}
        for region, answer in zip(regions, answers, strict=True):
            if isinstance(answer, ConnectFailed):
                failures[region] = str(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                clusters += answer
        return Found(tuple(clusters), failures)

    async def get(self, region: str, identifier: str) -> Cluster:
        """One cluster."""
        return await self._call(region, lambda client: cluster_of(client.get_cluster(identifier=identifier), region))

    async def create(
        self, regions: tuple[str, ...], witness: str = "", *, name: str = "", is_protected: bool = True
    ) -> AsyncIterator[ClusterProgress]:
        """Make a cluster, or a pair, and wait until it is ACTIVE; the last two values are READY.

        The first of a pair stays PENDING_SETUP until both know of each other. Raises ClusterError for Regions that
        cannot be a pair.
        """
        check_regions(regions, witness)
        tags = {"Name": name} if name else {}
        made: list[Cluster] = []
        for region in regions:
            yield ClusterProgress(ClusterStep.CREATING, region)
            multi: dict[str, object] = {"witnessRegion": witness} if witness else {}
            if made:
                multi["clusters"] = [made[0].arn]
            made.append(await self._create(region, multi, tags, is_protected))
            yield ClusterProgress(ClusterStep.CREATING, region, made[-1].identifier, made[-1].status)
        if len(made) == 2:
            first, second = made
            yield ClusterProgress(ClusterStep.LINKING, first.region, first.identifier, first.status)
            linked = {"witnessRegion": witness, "clusters": [second.arn]}
            await self._call(
                first.region,
                lambda client: client.update_cluster(identifier=first.identifier, multiRegionProperties=linked),
            )
        for cluster in made:
            async for step in self._until(
                cluster, lambda c: c is not None and c.status == "ACTIVE", ClusterStep.WAITING
            ):
                yield step
            yield ClusterProgress(ClusterStep.READY, cluster.region, cluster.identifier, "ACTIVE")

    async def delete(self, clusters: Sequence[Cluster]) -> AsyncIterator[ClusterProgress]:
        """Take the protection off, delete each, and wait until they are gone; the last values are GONE.

        A peer that is not among them keeps the other one PENDING_DELETE: give both.
        """
        for cluster in clusters:
            if cluster.is_protected:
                yield ClusterProgress(ClusterStep.UNPROTECTING, cluster.region, cluster.identifier, cluster.status)
                await self._unprotect(cluster)
        for cluster in clusters:
            yield ClusterProgress(ClusterStep.DELETING, cluster.region, cluster.identifier, cluster.status)
            await self._delete(cluster)
        for cluster in clusters:
            async for step in self._until(cluster, lambda c: c is None or c.status == "DELETED", ClusterStep.DELETING):
                yield step
            yield ClusterProgress(ClusterStep.GONE, cluster.region, cluster.identifier)

    async def with_peers(self, cluster: Cluster) -> tuple[Cluster, ...]:
        """The cluster and those it is linked with, as far as they still are there."""
        peers = [await self._if_there(region_of_arn(arn), arn.rpartition("/")[2]) for arn in cluster.peers]
        return (cluster, *(peer for peer in peers if peer is not None))

    async def _create(self, region: str, multi: dict[str, object], tags: dict[str, str], is_protected: bool) -> Cluster:
        parameters: dict[str, object] = {"deletionProtectionEnabled": is_protected}
        parameters |= {"multiRegionProperties": multi} if multi else {}
        parameters |= {"tags": tags} if tags else {}
        return await self._call(region, lambda client: cluster_of(client.create_cluster(**parameters), region))

    async def _unprotect(self, cluster: Cluster) -> None:
        await self._call(
            cluster.region,
            lambda client: client.update_cluster(identifier=cluster.identifier, deletionProtectionEnabled=False),
        )

    async def _delete(self, cluster: Cluster) -> None:
        await self._call(cluster.region, lambda client: client.delete_cluster(identifier=cluster.identifier))

    async def _until(
        self, cluster: Cluster, is_there: Callable[[Cluster | None], bool], step: ClusterStep
    ) -> AsyncIterator[ClusterProgress]:
        """Look again and again, less and less often; each new status is told."""
        deadline, pause, told = time.monotonic() + self._patience_s, _FIRST_LOOK_S, ""
        while True:
            now = await self._if_there(cluster.region, cluster.identifier)
            status = now.status if now else "gone"
            if is_there(now):
                return
            if status == "FAILED":
                raise ConnectFailed(
                    _("The cluster {identifier} in {region} has FAILED; delete it.").format(
                        identifier=cluster.identifier, region=cluster.region
                    )
                )
            if status != told:
                told = status
                yield ClusterProgress(step, cluster.region, cluster.identifier, status)
            if time.monotonic() > deadline:
                raise ConnectFailed(
                    _(
                        "The cluster {identifier} in {region} is still {status} after {patience_s:.0f} s; look "
                        "again with: dsqltui clusters show {identifier}"
                    ).format(
                        identifier=cluster.identifier, region=cluster.region, status=status, patience_s=self._patience_s
                    )
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK_S)

    async def _in_region(self, region: str) -> list[Cluster]:
        def pages(client: Any) -> list[str]:
            listed = client.get_paginator("list_clusters").paginate()
            return [str(cluster["identifier"]) for page in listed for cluster in page["clusters"]]

        identifiers = await self._call(region, pages)
        found = await asyncio.gather(*(self._if_there(region, identifier) for identifier in sorted(identifiers)))
        return [cluster for cluster in found if cluster is not None]

    async def _if_there(self, region: str, identifier: str) -> Cluster | None:
        """The cluster; None when it is gone."""

        def look(client: Any) -> Cluster | None:
            try:
                return cluster_of(client.get_cluster(identifier=identifier), region)
            except client.exceptions.ResourceNotFoundException:
                return None

        return await self._call(region, look)

    async def _call(self, region: str, work: Callable[[Any], T]) -> T:
        async with self._gate:
            return await self._account.asked(lambda: work(self._account.client("dsql", region)))
