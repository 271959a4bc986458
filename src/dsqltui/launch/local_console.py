"""Puts the parts of the console together: sessions on two endpoints, the screen on them."""

import gc
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import click

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.journal.journal import Journal
from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.settings.configured_roles import choices_of
from dsqltui.launch.target import NO_LAB, LabRequest, Target, TargetRequest, opened_target

if TYPE_CHECKING:
    from dsqltui.client.engine import Engine
    from dsqltui.core.aws.limits import AgeLimits
    from dsqltui.core.aws.metrics import MetricsSource
    from dsqltui.core.catalog.access import AccessAssistant
    from dsqltui.core.journal.history import History
    from dsqltui.core.sessions.roles import RoleSwitcher
    from dsqltui.core.sessions.session import Session
    from dsqltui.core.settings.field import Value
    from dsqltui.core.settings.sections import Settings
    from dsqltui.core.storm.connection import LoadConnection
    from dsqltui.labs.services import LabServices
    from dsqltui.launch.simulator_process import SimulatorAccess
    from dsqltui.runner.statements.statement_runner import StatementRunner
    from dsqltui.runner.storm.background import BackgroundStorm
    from dsqltui.runner.storm.host import StormHost
    from dsqltui.runner.storm.storm import StormRequest

_LETTERS = "AB"


def open_console(
    settings: "Settings", on: TargetRequest, lab: LabRequest = NO_LAB, *, start_role: str = "", start_text: str = ""
) -> int:
    """Open the console on a target, the simulator started if it does not run; the exit status.

    `start_role` is a name of [roles.NAME] to become once both panes are connected, `start_text` what
    stands in pane A's editor.
    """
    from dsqltui.ui.terminal import terminal_problem

    if problem := terminal_problem():
        click.echo(problem, err=True)
        return 2
    gc.disable()  # starting makes a million objects and no garbage; `run_console` enables it again
    with opened_target(on) as target:
        _remember(on)
        target.tokens.lifetime_s = settings.aws.token_lifetime_s
        target.tokens.account.ask_code = None  # the screen has the terminal
        return _open_console(settings, target, lab, start_role, start_text)


def _remember(on: TargetRequest) -> None:
    """Plain hosts are offered by the start screen again; what needs options is a connection of the settings."""
    if on.is_local or on.hostaddr or on.cluster_id or on.region or on.ca_file:
        return
    from dsqltui.core.aws.start_choices import Recent
    from dsqltui.store.recent import remember

    try:
        remember(Recent(on.hosts, on.user, on.profile or ""))
    except OSError as problem:
        click.echo(_("dsqltui: could not save to recent targets: {problem}").format(problem=problem), err=True)


def _open_console(settings: "Settings", target: Target, lab: LabRequest, start_role: str, start_text: str) -> int:
    from dsqltui.ui.app import run_console
    from dsqltui.ui.panes.pane_state import PaneSetup
    from dsqltui.ui.state.services import Services

    with ExitStack() as stack:
        sessions = _Sessions(target, settings, stack)
        journal = _journal(settings, stack)

        from dsqltui.resources import data
        from dsqltui.store.buffers import BufferFile, buffers_folder
        from dsqltui.store.snippets import SnippetFolder, snippets_folder

        first, second = (
            PaneSetup(letter=letter, endpoint=endpoint, user=target.user)
            for letter, endpoint in zip(_LETTERS, target.endpoints, strict=True)
        )
        hosts = [endpoint.host for endpoint in target.endpoints]
        services = Services(
            sessions.of_panes,
            partial(open_plain_runner, endpoints=target.endpoints),
            settings=settings,
            journal=journal,
            save_setting=_save_setting,
            history=_history(settings, journal, stack),
            snippets=SnippetFolder(snippets_folder(), data("sql") / "snippets"),
            buffers=BufferFile(buffers_folder(), hosts) if settings.editor.keep_texts else None,
            open_observer=sessions.observer,
            open_roles=sessions.roles,
            open_access=sessions.access,
            start_role=start_role,
            start_text=start_text,
            read_age_limits=None if target.simulator is None else partial(_age_limits, target.simulator),
            revive=None if target.revive is None else partial(_revive, target.revive),
            storms=_storm_host(target, sessions),
            open_metrics=partial(_metrics, target),
            open_labs=partial(_lab_kit, lab, settings, target, sessions),
        )
        return run_console((first, second), services, mouse=settings.console.mouse)


def _storm_host(target: Target, sessions: "_Sessions") -> "StormHost":
    from dsqltui.runner.storm.host import StormHost

    endpoints = list(dict.fromkeys(target.endpoints))
    return StormHost(
        sessions.storm,
        tuple(endpoint.host for endpoint in endpoints),
        tuple(f"{letter} {endpoint.region}" for letter, endpoint in zip(_LETTERS, endpoints, strict=False)),
        target.user,
        is_simulator=target.simulator is not None,
    )


def _metrics(target: Target) -> "MetricsSource":
    """CloudWatch with the target's credentials."""
    from dsqltui.client.aws.metrics import MetricsReader

    return MetricsReader(target.tokens.account, target.endpoints)


def _age_limits(at: "SimulatorAccess") -> "AgeLimits":
    """As the simulator's faults are now; the service's own where it does not say."""
    from dsqltui.core.aws.limits import AgeLimits
    from dsqltui.sim.aws.control_client import ControlClient, ControlFailed

    try:
        faults = ControlClient(at.aws_endpoint_url, at.access_key_id, at.secret_access_key).faults()
    except ControlFailed:
        return AgeLimits()
    session, transaction = faults.get("session-age"), faults.get("transaction-age")
    if isinstance(session, int | float) and isinstance(transaction, int | float):
        return AgeLimits(session, transaction)
    return AgeLimits()


def _revive(revive: "Callable[[], bool]") -> bool:
    """Raises ConnectFailed."""
    try:
        return revive()
    except click.ClickException as problem:
        raise ConnectFailed(
            _("The simulator has ended and could not be started again: {message}").format(message=problem.message)
        ) from None


def open_plain_runner(session: "Session", row_limit: int, endpoints: tuple[Endpoint, ...] = ()) -> "StatementRunner":
    """`plain_runner`, loaded when it is first needed; `endpoints` are the cluster's, for work that goes over both."""
    from dsqltui.runner.statements.statement_runner import plain_runner

    runner = plain_runner(session, row_limit)
    runner.endpoints = tuple(dict.fromkeys(endpoints))
    return runner


def _lab_kit(request: LabRequest, settings: "Settings", target: Target, sessions: "_Sessions") -> "LabServices":
    from dsqltui.labs.measured_load import LabLoads
    from dsqltui.launch.lab_host import lab_kit

    regions = tuple(endpoint.region for endpoint in dict.fromkeys(target.endpoints))
    loads = LabLoads(sessions.storm, regions, is_simulator=target.simulator is not None)
    return lab_kit(request, settings, target, sessions.roles, loads)


def _journal(settings: "Settings", stack: ExitStack) -> Journal:
    """A journal that, unless the person does not want it, is written to a file of this run as it grows."""
    if not settings.session.journal:
        return Journal()
    from dsqltui.store.journal_file import JournalFile, journal_folder

    def tell(troubles: list[str]) -> None:
        for trouble in troubles:
            click.echo(_("dsqltui: {trouble}").format(trouble=trouble), err=True)

    journal, troubles = Journal(), list[str]()
    file = JournalFile(journal_folder(), failed=troubles.append, kept_files=settings.session.journal_files)
    journal.listen(file.record)
    stack.callback(tell, troubles)  # after the screen is gone
    stack.callback(file.close)
    return journal


def _save_setting(section: str, name: str, value: "Value") -> None:
    """Raises CannotSave."""
    from dsqltui.store.settings_file import SettingsUnreadable, SettingsWrong, save_setting, settings_path
    from dsqltui.ui.state.services import CannotSave

    try:
        save_setting(section, name, value)
    except (SettingsUnreadable, ValueError) as problem:
        raise CannotSave(f"{problem}") from None
    except SettingsWrong as problem:
        raise CannotSave(str(problem).partition("\n")[0]) from None
    except OSError as problem:
        raise CannotSave(
            _("{settings_path} cannot be written: {reason}").format(
                settings_path=settings_path(), reason=problem.strerror
            )
        ) from None


def _history(settings: "Settings", journal: Journal, stack: ExitStack) -> "History | None":
    """What is run is kept in the person's file, unless they do not want it."""
    if not settings.history.enabled:
        return None
    from dsqltui.store.history import HistoryFile, history_path

    history = HistoryFile(history_path(), limit=settings.history.limit)
    journal.listen(history.record)
    stack.callback(history.close)
    return history


class _Sessions:
    """Makes sessions, unconnected, on one engine, which ends with `stack`.

    To be called in a thread once the console is on the screen: psycopg and botocore take their time to import.
    """

    def __init__(self, target: Target, settings: "Settings", stack: ExitStack) -> None:
        self._target, self._settings, self._stack = target, settings, stack
        self._door = threading.Lock()
        self._engine: Engine | None = None

    def of_panes(self) -> "Sequence[Session]":
        """One for each pane."""
        return [self._session(endpoint) for endpoint in self._target.endpoints]

    def observer(self, letter: str) -> "Session":
        """One more on that pane's endpoint, for looking at catalog and jobs beside the pane's own."""
        return self._session(self._target.endpoints[_LETTERS.index(letter)])

    def roles(self) -> "RoleSwitcher":
        """What switches the panes to other roles, starting from the target's credentials."""
        from dsqltui.client.roles import BotoRoles

        try:
            configured = choices_of(self._settings.roles)
        except ValueError as problem:
            raise ConnectFailed(
                _("The settings hold a role that cannot be: {problem}.").format(problem=problem)
            ) from None
        return BotoRoles(
            self._started_engine(),
            self._target.endpoints,
            self._target.tokens,
            self._target.user,
            configured=lambda: configured,
        )

    def access(self) -> "AccessAssistant":
        """What writes policies and grants, with the target's credentials."""
        from dsqltui.client.access import BotoAccessAssistant

        return BotoAccessAssistant(
            self._started_engine(), self._target.endpoints, self._target.tokens, self._target.user
        )

    def storm(self, request: "StormRequest") -> "BackgroundStorm":
        """Load on the endpoints, with the target's credentials. Raises LoadScriptUnusable."""
        from dsqltui.client.load_connection import PgLoadConnection
        from dsqltui.runner.storm.background import BackgroundStorm

        endpoints = list(dict.fromkeys(self._target.endpoints))

        async def open_connection(number: int) -> "LoadConnection":
            return await PgLoadConnection.opened(endpoints[number], self._target.user, self._target.tokens)

        return BackgroundStorm(self._started_engine(), request, open_connection)

    def _session(self, endpoint: Endpoint) -> "Session":
        from dsqltui.client.pg_session import PgSession

        return PgSession(self._started_engine(), endpoint, self._target.user, self._target.tokens)

    def _started_engine(self) -> "Engine":
        from dsqltui.client.engine import Engine

        with self._door:
            if self._engine is None:
                self._engine = self._stack.enter_context(Engine())
            return self._engine
