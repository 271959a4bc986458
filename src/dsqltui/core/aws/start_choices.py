"""What the start screen offers to open."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.aws.clusters import Found
from dsqltui.core.language import N_, _

LIST_OF_LABS = "?"
"""In place of a lab's id: begin with the list of labs."""


class Origin(Enum):
    """Where an entry comes from; the value is its heading."""

    SIMULATOR = N_("On this machine")
    CONNECTION = N_("Connections of your settings")
    RECENT = N_("Opened recently")
    FOUND = N_("Found in your AWS account")


@dataclass(frozen=True, slots=True)
class StartEntry:
    """Something that can be opened."""

    origin: Origin
    title: str
    detail: str
    hosts: tuple[str, ...] = ()
    """Of pane A and pane B; empty for the simulator and for connections, which have them in the settings."""
    connection: str = ""
    """A name of [connections.NAME]."""
    user: str = "admin"
    profile: str = ""
    lab: str = ""
    """A lab to begin with, or the list of them."""
    text: str = ""
    """What stands in pane A's editor at first; nothing of it runs by itself."""
    problem: str = ""
    """Why it cannot be opened now; empty when it can."""


SAMPLE_SCRIPTS = (r"\i sql/rewards/ddl.sql", r"\i sql/rewards/load_rewards_data.sql")
"""Found from any folder."""

SIMULATOR = StartEntry(Origin.SIMULATOR, N_("Local simulator"), N_("two Regions, no AWS account needed"))
GUIDED_LABS = StartEntry(
    Origin.SIMULATOR, N_("Guided labs"), N_("ten minutes each, on the local simulator"), lab=LIST_OF_LABS
)
SAMPLE_DATA = StartEntry(
    Origin.SIMULATOR,
    N_("Sample data"),
    N_("two scripts in the editor; F5 runs them"),
    text="\n".join(SAMPLE_SCRIPTS) + "\n",
)


@dataclass(frozen=True, slots=True)
class Recent:
    """A target that was opened."""

    hosts: tuple[str, ...]
    user: str = "admin"
    profile: str = ""


def entries_of_recent(recents: Iterable[Recent]) -> tuple[StartEntry, ...]:
    """In the order given, the last opened first."""
    return tuple(
        StartEntry(
            Origin.RECENT,
            " + ".join(_short(host) for host in recent.hosts),
            _("as {user}").format(user=recent.user)
            + (_(", profile {profile}").format(profile=recent.profile) if recent.profile else ""),
            recent.hosts,
            user=recent.user,
            profile=recent.profile,
        )
        for recent in recents
    )


def entries_of_found(found: Found) -> tuple[StartEntry, ...]:
    """Pairs and single clusters; those that take no connections say why."""
    return tuple(
        StartEntry(
            Origin.FOUND,
            pair.name,
            f"{' + '.join(pair.regions)}  {pair.status}"
            + (_("  peer in {split} not seen").format(split=pair.missing.split(":")[3]) if pair.missing else ""),
            pair.hosts,
            problem="" if pair.is_serving else _("It is {status} and takes no connections.").format(status=pair.status),
        )
        for pair in found.pairs()
    )


def failure_lines(found: Found) -> tuple[str, ...]:
    """Why Regions did not answer; said once when it is the same for all."""
    by_reason: dict[str, list[str]] = {}
    for region, reason in found.failures.items():
        by_reason.setdefault(reason.replace(region, "REGION"), []).append(region)
    return tuple(f"{', '.join(regions)}: {found.failures[regions[0]]}" for regions in by_reason.values())


def _short(host: str) -> str:
    """`7aab….us-east-1`."""
    label, _unused, rest = host.partition(".")
    parts = rest.split(".")
    region = parts[1] if len(parts) > 2 else rest
    return f"{label[:8]}….{region}" if len(label) > 10 else f"{label}.{region}"
