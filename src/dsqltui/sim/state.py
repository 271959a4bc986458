"""What the simulator keeps between runs beside its data: the clusters' ids, the workshop user's access key, and IAM's
roles and policies. One file, 0600."""

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.sim.aws.account import Account
from dsqltui.sim.aws.clusters import Topology
from dsqltui.sim.aws.identity import AccessKey


class StateUnreadable(Exception):
    """The kept state cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SimState:
    """The identity of a simulator."""

    topology: Topology
    user_key: AccessKey
    account: Account
    """Changes while the simulator runs; see `AccountKeeper`."""


class AccountKeeper:
    """Writes the state again after a change of the account. It belongs to one event loop."""

    def __init__(self, file: Path, state: SimState) -> None:
        self._file = file
        self._state = state
        self._writing = asyncio.Lock()

    async def keep(self) -> None:
        """Return when the account as it is now, or later, is in the file. Raises OSError."""
        async with self._writing:
            await asyncio.to_thread(write_private, self._file, _text(self._state))


def load_or_make(
    file: Path, regions: Sequence[str], identifiers: Sequence[str] = (), key: AccessKey | None = None
) -> SimState:
    """The state kept in `file`, or a new one written there: with these identifiers of clusters and this access key of
    the user, or random ones. Raises StateUnreadable, ValueError for bad Regions or identifiers."""
    if not file.exists():
        topology = Topology.new(datetime.now(UTC), regions, identifiers)
        return _written(file, SimState(topology, key or AccessKey.generate(), _default_account(topology)))
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        topology = Topology.from_json(json.dumps(document["topology"]))
        kept_key = AccessKey(document["access_key_id"], document["secret_access_key"])
        account = Account.from_json_object(document["account"]) if "account" in document else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise StateUnreadable(
            _("{file} cannot be read ({problem}); delete its directory to begin anew").format(
                file=file, problem=problem
            )
        ) from None
    kept = [cluster.region for cluster in topology.clusters]
    if kept != list(regions):
        raise StateUnreadable(
            _(
                "this simulator's clusters are in {kept}, not in {regions}; use the same Regions, another --data-dir, "
                "or --ephemeral"
            ).format(kept=", ".join(kept), regions=", ".join(regions))
        )
    found = [cluster.identifier for cluster in topology.clusters]
    if identifiers and found != list(identifiers):
        raise StateUnreadable(
            _(
                "this simulator's clusters are {found}, not {identifiers}; leave the ids out, or take another "
                "--data-dir, or --ephemeral"
            ).format(found=", ".join(found), identifiers=", ".join(identifiers))
        )
    key = key or kept_key
    if account is None:  # written by a version without IAM
        return _written(file, SimState(topology, key, _default_account(topology)))
    return SimState(topology, key, account)


def _default_account(topology: Topology) -> Account:
    return Account.default(datetime.now(UTC), [cluster.arn for cluster in topology.clusters])


def _written(file: Path, state: SimState) -> SimState:
    write_private(file, _text(state))
    return state


def _text(state: SimState) -> str:
    return json.dumps(
        {
            "topology": json.loads(state.topology.to_json()),
            "access_key_id": state.user_key.access_key_id,
            "secret_access_key": state.user_key.secret_access_key,
            "account": state.account.to_json_object(),
        },
        indent=2,
    )


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(name, file)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
