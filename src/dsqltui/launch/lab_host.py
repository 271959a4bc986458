"""Puts together what labs need beside sessions: who one is, roles to become, the simulator's faults, progress kept."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import language
from dsqltui.core.sessions.session import Session
from dsqltui.labs.attempt import given_values
from dsqltui.labs.files.load import read_labs, shipped_labs
from dsqltui.labs.files.own_names import included, own_file, owned_sql
from dsqltui.labs.model import PANES, RunSql
from dsqltui.labs.ports import FaultsRefused
from dsqltui.labs.services import LabServices
from dsqltui.labs.text import preferred_language
from dsqltui.launch.simulator_process import SimulatorAccess
from dsqltui.launch.target import LabRequest, Target
from dsqltui.resources import data
from dsqltui.store.lab_progress import FileProgress, labs_folder
from dsqltui.store.private_files import replace_private

if TYPE_CHECKING:
    from dsqltui.client.aws.lab_roles import LabIamRoles, OriginalRole
    from dsqltui.client.engine import Engine
    from dsqltui.core.sessions.roles import RoleSwitcher
    from dsqltui.core.settings.sections import Settings
    from dsqltui.core.storm.connection import LoadConnection
    from dsqltui.labs.measured_load import LabLoads


def lab_kit(
    request: LabRequest,
    settings: "Settings",
    target: Target,
    open_roles: "Callable[[], RoleSwitcher]",
    loads: "LabLoads",
) -> LabServices:
    """What the console needs for labs."""
    endpoints = endpoints_of(target)

    async def values() -> dict[str, str]:
        return await values_of(await asyncio.to_thread(open_roles), endpoints, request.student)

    cluster = "-".join(dict.fromkeys(endpoint.cluster_id for endpoint in endpoints.values()))
    folder = request.folder or shipped_labs()
    if request.student:
        write_own_files(folder, request.student)
        cluster = f"{cluster}-{request.student}"
    return LabServices(
        folder=folder,
        progress=FileProgress(labs_folder(), cluster),
        values=values,
        language=preferred_language(settings.lab.language or language(), os.environ),
        reports=labs_folder() / "reports",
        write=replace_private,
        faults=faults_of(target),
        start=request.start,
        pace_s=request.pace_s,
        loads=loads,
        iam=iam_of(target),
        student=request.student,
        own_files=str(own_files_folder()),
        results=request.results or labs_folder() / "results",
    )


def own_files_folder() -> Path:
    """Where students' copies of the labs' included files are."""
    return labs_folder() / "own"


def write_own_files(folder: Path, student: str) -> None:
    """Make a student's copies of the files that the labs include, with the student's names. Blocks. Raises OSError and
    LabUnreadable."""
    for lab in read_labs(folder):
        for step in lab.steps:
            for path in included(step.action.sql) if isinstance(step.action, RunSql) else ():
                text = (data("sql").parent / path).read_text(encoding="utf-8")
                copy = own_files_folder() / own_file(path, student)
                replace_private(copy, owned_sql(text, lab.own, student).encode())


def loads_of(target: Target, engine: "Engine") -> "LabLoads":
    """Measured loads on the target's endpoints, with its credentials."""
    from dsqltui.client.load_connection import PgLoadConnection
    from dsqltui.labs.measured_load import LabLoads
    from dsqltui.runner.storm.background import BackgroundStorm

    endpoints = list(dict.fromkeys(target.endpoints))

    async def open_connection(number: int) -> "LoadConnection":
        return await PgLoadConnection.opened(endpoints[number], target.user, target.tokens)

    return LabLoads(
        lambda request: BackgroundStorm(engine, request, open_connection),
        tuple(endpoint.region for endpoint in endpoints),
        is_simulator=target.simulator is not None,
    )


def iam_of(target: Target) -> "LabIamRoles":
    """The IAM roles that labs make in the target's account."""
    from dsqltui.client.aws.lab_roles import LabIamRoles

    originals = None if target.simulator is None else _roles_of_a_simulator
    return LabIamRoles(target.tokens.account, target.endpoints, originals=originals)


def _roles_of_a_simulator() -> "dict[str, OriginalRole]":
    """Those that each one starts with; asked for when a lab makes or removes one."""
    from dsqltui.client.aws.lab_roles import OriginalRole
    from dsqltui.sim.aws.account import DEFAULT_POLICY, MAX_SESSION_S, Account

    started = Account.default(datetime.now(UTC))
    return {
        role.name: OriginalRole(role.trust.text, DEFAULT_POLICY, role.inline[DEFAULT_POLICY].text, MAX_SESSION_S)
        for role in started.roles
    }


class SwitchedSessions:
    """Sessions of the base credentials and of assumed roles; implements `labs.ports.SessionMaker`."""

    def __init__(self, roles: "RoleSwitcher", endpoints: Mapping[str, Endpoint]) -> None:
        self._roles = roles
        self._endpoints = endpoints

    def base(self, pane: str) -> Session:
        """See SessionMaker."""
        return self._roles.base.session(self._endpoints[pane])

    async def as_role(self, pane: str, user: str, iam_role: str, session: str) -> Session:
        """See SessionMaker."""
        from dsqltui.core.sessions.roles import RoleChoice

        access = await self._roles.assume(RoleChoice(user, iam_role, session))
        return access.session(self._endpoints[pane])


class SimulatorFaults:
    """The faults of a running simulator; implements `labs.ports.FaultControl`."""

    def __init__(self, access: SimulatorAccess) -> None:
        self._access = access

    async def change(self, changes: Sequence[str]) -> None:
        """See FaultControl."""
        await asyncio.to_thread(self._change, changes)

    def _change(self, changes: Sequence[str]) -> None:
        from dsqltui.sim.aws.control_client import ControlClient, ControlFailed
        from dsqltui.sim.faults.faults import FaultError, parse_changes

        at = self._access
        try:
            client = ControlClient(at.aws_endpoint_url, at.access_key_id, at.secret_access_key)
            client.change_faults(parse_changes(changes))
        except (FaultError, ControlFailed) as problem:
            raise FaultsRefused(str(problem)) from None


def faults_of(target: Target) -> SimulatorFaults | None:
    """The faults of the target when it is the simulator."""
    return SimulatorFaults(target.simulator) if target.simulator is not None else None


def endpoints_of(target: Target) -> dict[str, Endpoint]:
    """By pane."""
    return dict(zip(PANES, target.endpoints, strict=True))


async def values_of(roles: "RoleSwitcher", endpoints: Mapping[str, Endpoint], student: str = "") -> dict[str, str]:
    """What every lab may name; asks STS who one is. Raises ConnectFailed."""
    identity = await roles.base.identity()
    return given_values(endpoints, account=identity.arn.split(":")[4], identity=identity.arn, student=student)
