"""What the simulator keeps between runs beside its data: the clusters' ids and the workshop user's access key."""

import contextlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dsqltui.sim.clusters import Topology
from dsqltui.sim.identity import AccessKey


class StateUnreadable(Exception):
    """The kept state cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SimState:
    """The identity of a simulator."""

    topology: Topology
    user_key: AccessKey


def load_or_make(file: Path, regions: Sequence[str]) -> SimState:
    """The state kept in `file`, or a new one written there. Raises StateUnreadable, ValueError for bad Regions."""
    if not file.exists():
        state = SimState(Topology.multi_region(datetime.now(UTC), regions), AccessKey.generate())
        _write(file, state)
        return state
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        topology = Topology.from_json(json.dumps(document["topology"]))
        key = AccessKey(document["access_key_id"], document["secret_access_key"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StateUnreadable(f"{file} cannot be read ({problem}); delete its directory to begin anew") from None
    kept = [cluster.region for cluster in topology.clusters]
    if kept != list(regions):
        raise StateUnreadable(
            f"this simulator's clusters are in {', '.join(kept)}, not in {', '.join(regions)}; "
            "use the same Regions, another --data-dir, or --ephemeral"
        )
    return SimState(topology, key)


def _write(file: Path, state: SimState) -> None:
    write_private(
        file,
        json.dumps(
            {
                "topology": json.loads(state.topology.to_json()),
                "access_key_id": state.user_key.access_key_id,
                "secret_access_key": state.user_key.secret_access_key,
            },
            indent=2,
        ),
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
