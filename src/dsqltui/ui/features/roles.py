"""The role switcher: assumes IAM roles, mints tokens for both Regions, puts new sessions into the panes."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from dsqltui.core.commands import SwitchRole
from dsqltui.core.connection_status import ConnectionStatus
from dsqltui.core.roles import BASE, Access, Discovery, Identity, RoleChoice, RoleSwitcher
from dsqltui.core.safetext import one_line
from dsqltui.core.session import ConnectFailed, Session
from dsqltui.runner.events import CommandReached, ConnectionChanged
from dsqltui.ui import report as reports
from dsqltui.ui.background import in_daemon_thread
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.dialogs.roles import Identities, RoleDialog, RoleWish
from dsqltui.ui.feature import Console, Deed, Feature, Reaction
from dsqltui.ui.identity_text import aligned, identity_lines, left
from dsqltui.ui.messages import RoleRequested
from dsqltui.ui.report import Report
from dsqltui.ui.tone import Tone
from dsqltui.ui.user_keys import key_of

_SWITCH = "switch-role"


class Roles(Feature):
    """Whom each pane is connected as. A switch that fails leaves every session as it was."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._switcher: RoleSwitcher | None = None
        self._accesses: dict[str, Access] = {}
        self._start_role = console.services.start_role

    def deeds(self) -> Mapping[str, Deed]:
        """See keymap.ACTIONS."""
        return {
            "roles": self._show,
            "role_base": self._to_base,
            "role_renew": self._renew,
            "copy_token": self._copy_token_asked,
        }

    def reactions(self) -> Mapping[type[object], Reaction]:
        r"""`\role`, and other features' wishes."""
        return {
            CommandReached: self._command_reached,
            RoleRequested: self._requested,
            ConnectionChanged: self._link_changed,
        }

    def _link_changed(self, _message: ConnectionChanged) -> None:
        """Once both panes are connected, become what the connection of the settings says; once only."""
        if self._start_role and all(s.queue.link is ConnectionStatus.CONNECTED for s in self.console.sides.values()):
            word, self._start_role = self._start_role, ""
            self.console.spawn(self.switch_by_word(word, self._letters), group="role-command")

    def _requested(self, message: RoleRequested) -> None:
        self.console.spawn(self._switch_requested(message), group="role-requested")

    async def _switch_requested(self, message: RoleRequested) -> None:
        switcher = await self._made()
        if switcher is not None:
            self._ask(RoleWish(message.choice or switcher.base.choice, message.letters), switcher)

    def _command_reached(self, message: CommandReached) -> None:
        command = message.command
        if not isinstance(command, SwitchRole):
            return
        letters = (message.letter,) if command.is_here else self._letters
        work = self.switch_by_word(command.name, letters) if command.name else self._show()
        self.console.spawn(work, group="role-command")

    async def switch_by_word(self, word: str, letters: tuple[str, ...]) -> None:
        """A settings' name, a database role, an IAM role or its ARN; `base` goes back."""
        switcher = await self._made()
        if switcher is None:
            return
        await self._run_ended(letters)
        if word == BASE:
            self._ask(RoleWish(switcher.base.choice, letters), switcher)
            return
        found = await switcher.discover()
        named = [choice for choice in found.choices if choice.is_named(word)]
        if len({(choice.database_role, choice.role_arn) for choice in named}) == 1 or any(
            c.name == word for c in named
        ):
            best = next((choice for choice in named if choice.name == word), named[0])
            self._ask(RoleWish(best, letters), switcher)
        elif named:
            self.console.tell(f"{one_line(word, 40)} means {len(named)} roles; choose one with {key_of('roles')}.")
        else:
            trouble = f" {found.trouble}" if found.trouble else ""
            self.console.tell(f"No role {one_line(word, 40)} in the settings or the cluster's mappings.{trouble}")

    async def _run_ended(self, letters: Iterable[str]) -> None:
        r"""The run that held `\role` is over a moment after it was reached."""
        for _ in range(100):
            if all(self.console.sides[letter].queue.running is None for letter in letters):
                return
            await asyncio.sleep(0)

    @property
    def _letters(self) -> tuple[str, ...]:
        return tuple(self.console.sides)

    async def _made(self) -> RoleSwitcher | None:
        make = self.console.services.open_roles
        if make is None:
            self.console.tell("Roles cannot be switched here.")
            return None
        if self._switcher is None:
            try:
                self._switcher = await in_daemon_thread(make)
            except ConnectFailed as failure:
                self.console.tell(str(failure))
                return None
        return self._switcher

    def _access(self, letter: str, switcher: RoleSwitcher) -> Access:
        return self._accesses.get(letter, switcher.base)

    async def _show(self) -> None:
        switcher = await self._made()
        if switcher is None:
            return

        async def discover() -> Discovery:
            return await switcher.discover()

        async def identify() -> Identities:
            return {letter: await _identified(self._access(letter, switcher)) for letter in self._letters}

        def answered(wish: RoleWish | None) -> None:
            if wish is not None:
                self._ask(wish, switcher)

        dialog = RoleDialog(self.console.active.letter, [switcher.base.choice], discover=discover, identify=identify)
        self.console.ask(dialog, answered)

    async def _to_base(self) -> None:
        switcher = await self._made()
        if switcher is not None:
            self._ask(RoleWish(switcher.base.choice, self._letters), switcher)

    async def _renew(self) -> None:
        switcher = await self._made()
        if switcher is not None:
            self._ask(RoleWish(None, self._letters), switcher)

    def _ask(self, wish: RoleWish, switcher: RoleSwitcher) -> None:
        """Everything the person must say first: about open transactions, and the MFA code."""
        busy = [letter for letter in wish.letters if self.console.sides[letter].queue.running is not None]
        if busy:
            self.console.tell(
                f"Pane {' and '.join(busy)} is busy; nothing was switched. {key_of('interrupt')} stops what runs."
            )
            return
        open_letters = [letter for letter in wish.letters if self.console.sides[letter].queue.state.is_open]

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self._ask_code(wish, switcher)

        if open_letters:
            self.console.ask(
                Question(
                    "A transaction is open",
                    f"Switching ends the session of pane {' and '.join(open_letters)}; "
                    "its transaction was not committed and is rolled back.",
                    yes="Switch and lose it",
                    no="Stay",
                ),
                answered,
            )
        else:
            self._ask_code(wish, switcher)

    def _ask_code(self, wish: RoleWish, switcher: RoleSwitcher) -> None:
        choices = [self._wanted(wish, letter, switcher) for letter in wish.letters]
        serial = next((choice.mfa_serial for choice in choices if choice.mfa_serial), "")

        def answered(code: str | None) -> None:
            if code:
                self.console.spawn(self._switch(wish, switcher, code.strip()), group=_SWITCH)

        if serial:
            text = f"The code of {one_line(serial, 80)}. It is good for one role and not stored."
            self.console.ask(AskLine("MFA code", text, placeholder="123456", is_secret=True), answered)
        else:
            self.console.spawn(self._switch(wish, switcher, ""), group=_SWITCH)

    def _wanted(self, wish: RoleWish, letter: str, switcher: RoleSwitcher) -> RoleChoice:
        return wish.choice or self._access(letter, switcher).choice

    async def _switch(self, wish: RoleWish, switcher: RoleSwitcher, code: str) -> None:
        """Assume, connect everywhere, and only then exchange the sessions."""
        accesses: dict[str, Access] = {}
        sessions: dict[str, Session] = {}
        made: dict[RoleChoice, Access] = {}
        try:
            for letter in wish.letters:
                choice = self._wanted(wish, letter, switcher)
                self.console.tell(f"Becoming {one_line(choice.label, 80)}…")
                if choice not in made:
                    made[choice] = await switcher.assume(choice, code)
                accesses[letter] = made[choice]
                endpoint = self.console.sides[letter].setup.endpoint
                sessions[letter] = accesses[letter].session(endpoint)
            failures = await _connected(sessions.values())
        except ConnectFailed as failure:
            failures = [failure]
        except BaseException:
            await _closed(sessions.values())
            raise
        if failures:
            await _closed(sessions.values())
            self._not_switched(wish, failures[0])
            return
        for letter, session in sessions.items():
            self._put(letter, accesses[letter], session)
        await self._tell_who(accesses)

    def _put(self, letter: str, access: Access, session: Session) -> None:
        side = self.console.sides[letter]
        side.queue.replace(session)
        self._accesses[letter] = access
        side.pane.show_role(access.choice.label, access.choice.database_role)
        side.pane.add_line(Tone.QUIET, f"now {one_line(access.choice.label, 80)}")

    async def _tell_who(self, accesses: Mapping[str, Access]) -> None:
        told: dict[Access, Identity | str] = {}
        for access in accesses.values():
            if access not in told:
                told[access] = await _identified(access)
        for letter, access in accesses.items():
            who = told[access]
            text = who if isinstance(who, str) else aligned(identity_lines(who, datetime.now(UTC)))
            self.console.sides[letter].pane.show_report(
                Report(
                    Tone.QUIET,
                    f"NOW {one_line(access.choice.label, 80)}",
                    message=text,
                    advice=f"{key_of('role_base')} goes back to the base; {key_of('roles')} shows this again.",
                )
            )
        first = next(iter(accesses.values()))
        panes = f"Pane {' and '.join(accesses)}"
        self.console.tell(f"{panes}: now {one_line(first.choice.label, 80)}.")

    def _not_switched(self, wish: RoleWish, failure: ConnectFailed) -> None:
        pane = self.console.active.pane
        report = reports.of_failed_connect(str(failure), failure)
        stays = f"Pane {' and '.join(wish.letters)} still has the session from before."
        pane.show_report(reports.retitled(report, "ROLE NOT SWITCHED", stays))
        pane.add_line(Tone.FAILED, f"ROLE NOT SWITCHED  {one_line(str(failure), 300)}")
        self.console.tell(f"Nothing was switched. {stays}")

    async def _copy_token_asked(self) -> None:
        switcher = await self._made()
        if switcher is None:
            return
        side = self.console.active
        access = self._access(side.letter, switcher)

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.spawn(self._copy_token(access, side.letter), group="copy-token")

        self.console.ask(
            Question(
                "Copy a connect token?",
                f"A new token for {one_line(access.choice.database_role, 40)} at {side.setup.endpoint.host} goes to "
                "this terminal's clipboard. It is a password: whoever has it can connect as this role until it "
                "expires. It is not shown, and nothing here keeps it.",
                yes="Copy it",
                no="Do not",
            ),
            answered,
        )

    async def _copy_token(self, access: Access, letter: str) -> None:
        try:
            token = await access.token(self.console.sides[letter].setup.endpoint)
        except ConnectFailed as failure:
            self.console.tell(str(failure))
            return
        kept = self.console.app.clipboard
        self.console.app.copy_to_clipboard(token)
        self.console.app._clipboard = kept  # Textual keeps a copy, which Ctrl+V would put into an editor
        who = await _identified(access)
        lifetime = "" if isinstance(who, str) else f", good for {left(who.token_left_s(datetime.now(UTC)))}"
        self.console.tell(f"A token for pane {letter} is in the clipboard{lifetime}.")


async def _identified(access: Access) -> Identity | str:
    """Who one is, or in one sentence why that is not known."""
    try:
        return await access.identity()
    except ConnectFailed as failure:
        return f"{access.choice.label}; who STS says this is, is not known: {failure}"


async def _connected(sessions: Iterable[Session]) -> list[ConnectFailed]:
    """Connect them all at once; why it failed, for those where it did."""
    results = await asyncio.gather(*(session.connect() for session in sessions), return_exceptions=True)
    others = [
        result for result in results if isinstance(result, BaseException) and not isinstance(result, ConnectFailed)
    ]
    if others:
        raise others[0]
    return [result for result in results if isinstance(result, ConnectFailed)]


async def _closed(sessions: Iterable[Session]) -> None:
    await asyncio.gather(*(session.close() for session in sessions))
