"""The role switcher: assumes IAM roles, mints tokens for both Regions, puts new sessions into the panes."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from dsqltui.core.language import _, ngettext
from dsqltui.core.sessions.roles import BASE, Access, Discovery, Identity, RoleChoice, RoleSwitcher
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.events import RoleAsked, SessionExchanged
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.extension.answer_of import answer_of
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.features.roles.dialog import Identities, RoleDialog, RoleWish
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.state.messages import RoleRequested
from dsqltui.ui.textual_patches.hooks import copy_without_keeping
from dsqltui.ui.words import report as reports
from dsqltui.ui.words.identity_text import aligned, identity_lines, left
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity


class Roles(Feature):
    """Whom each pane is connected as. A switch that fails leaves every session as it was.

    Switches run one after the other. Each session is exchanged in its pane's turn, which looks again at what goes on
    there; titles change with it and not before.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._state = console.role_state
        self._coming: dict[str, Access] = {}
        """What each pane's next session is of."""
        self._turn = asyncio.Lock()
        self._count = 0

    def handlers(self) -> Mapping[str, ActionHandler]:
        """See keymap.ACTIONS."""
        return {
            "roles": self._show,
            "role_base": self._to_base,
            "role_renew": self._renew,
            "copy_token": self._copy_token_asked,
        }

    def reactions(self) -> Mapping[type[object], Reaction]:
        r"""`\role`, other features' wishes, and sessions that were exchanged."""
        return {RoleAsked: self._role_asked, RoleRequested: self._requested, SessionExchanged: self._exchanged}

    def _requested(self, message: RoleRequested) -> None:
        async def work() -> None:
            try:
                switcher = await self._state.switcher()
            except ConnectFailed as failure:
                why_not = str(failure)
                self.console.tell(why_not)
            else:
                wish = RoleWish(message.choice or switcher.base.choice, message.letters)
                why_not = await self._become(wish, switcher)
            if why_not and message.refused is not None:
                message.refused(why_not)

        self._spawn(work())

    def _role_asked(self, event: RoleAsked) -> None:
        self._spawn(self._obey(event))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside other switches, not in place of them."""
        self._count += 1
        self.console.spawn(work, group=f"role-{self._count}")

    async def _obey(self, event: RoleAsked) -> None:
        """Switch as a `\\role` says; its pane waits for that and may give it up."""
        letters = (event.letter,) if event.command.is_here else self._letters
        name = event.command.name
        switching = asyncio.ensure_future(self.switch_by_word(name, letters) if name else self._shown())
        try:
            await asyncio.wait({switching, event.done}, return_when=asyncio.FIRST_COMPLETED)
            if not switching.done():
                self.console.tell(_("The role was not switched: you stopped it."))
        finally:
            if not switching.done():
                switching.cancel()
            (result,) = await asyncio.gather(switching, return_exceptions=True)
            if not event.done.done():
                event.done.set_result(result is True)

    async def switch_by_word(self, word: str, letters: tuple[str, ...]) -> bool:
        """A settings' name, a database role, an IAM role or its ARN; `base` goes back. Whether it was switched."""
        switcher = await self._made()
        if switcher is None:
            return False
        if word == BASE:
            return not await self._become(RoleWish(switcher.base.choice, letters), switcher)
        found = await switcher.discover()
        named = [choice for choice in found.choices if choice.is_named(word)]
        if len({(choice.database_role, choice.role_arn) for choice in named}) == 1 or any(
            c.name == word for c in named
        ):
            best = next((choice for choice in named if choice.name == word), named[0])
            return not await self._become(RoleWish(best, letters), switcher)
        if named:
            self.console.tell(
                _("{word} means {count} roles; choose one with {key}.").format(
                    word=one_line(word, 40), count=len(named), key=key_of("roles")
                )
            )
        else:
            trouble = f" {found.trouble}" if found.trouble else ""
            self.console.tell(
                _("No role {word} in the settings or the cluster's mappings.{trouble}").format(
                    word=one_line(word, 40), trouble=trouble
                )
            )
        return False

    @property
    def _letters(self) -> tuple[str, ...]:
        return tuple(self.console.sides)

    async def _made(self) -> RoleSwitcher | None:
        try:
            return await self._state.switcher()
        except ConnectFailed as failure:
            self.console.tell(str(failure))
            return None

    async def _show(self) -> None:
        await self._shown()

    async def _shown(self) -> bool:
        """The dialog; whether a role was chosen there and switched to."""
        switcher = await self._made()
        if switcher is None:
            return False

        async def discover() -> Discovery:
            return await switcher.discover()

        async def identify() -> Identities:
            return {letter: await _identified(self._state.access(letter, switcher)) for letter in self._letters}

        dialog = RoleDialog(self.console.active.letter, [switcher.base.choice], discover=discover, identify=identify)
        wish: RoleWish | None = await answer_of(self.console, dialog)
        return wish is not None and not await self._become(wish, switcher)

    async def _to_base(self) -> None:
        switcher = await self._made()
        if switcher is not None:
            await self._become(RoleWish(switcher.base.choice, self._letters), switcher)

    async def _renew(self) -> None:
        switcher = await self._made()
        if switcher is not None:
            await self._become(RoleWish(None, self._letters), switcher)

    async def _become(self, wish: RoleWish, switcher: RoleSwitcher) -> str:
        """Ask what must be asked, assume, connect everywhere, and only then exchange. Empty when all panes have it,
        else why not.
        """
        stopped = _("The role was not switched: you stopped it.")
        busy = [letter for letter in wish.letters if self.console.sides[letter].queue.is_at_work]
        if busy:
            why_not = _("Pane {busy} is busy; nothing was switched. {key} stops what runs.").format(
                busy=_(" and ").join(busy), key=key_of("interrupt")
            )
            self.console.tell(why_not)
            return why_not
        connections = {letter: self.console.sides[letter].queue.connection for letter in wish.letters}
        agreed = {letter: it.open_transaction for letter, it in connections.items() if it.state.is_open}
        if agreed and not await answer_of(self.console, _question_of_open(agreed)):
            return stopped
        choices = [self._wanted(wish, letter, switcher) for letter in wish.letters]
        serial = next((choice.mfa_serial for choice in choices if choice.mfa_serial), "")
        code = ""
        if serial:
            text = _("The code of {serial}. It is good for one role and not stored.").format(
                serial=one_line(serial, 80)
            )
            asking = AskLine(_("MFA code"), text, placeholder="123456", is_secret=True)
            code = (await answer_of(self.console, asking) or "").strip()
            if not code:
                return stopped
        async with self._turn:
            self._state.switching = asyncio.ensure_future(self._switch(wish, switcher, code, agreed))
            try:
                return await self._state.switching
            except asyncio.CancelledError:
                self.console.tell(stopped)
                raise
            finally:
                self._state.stop_switching()
                self._state.switching = None

    def _wanted(self, wish: RoleWish, letter: str, switcher: RoleSwitcher) -> RoleChoice:
        return wish.choice or self._state.access(letter, switcher).choice

    async def _switch(self, wish: RoleWish, switcher: RoleSwitcher, code: str, agreed: Mapping[str, int | None]) -> str:
        accesses: dict[str, Access] = {}
        sessions: dict[str, Session] = {}
        made: dict[RoleChoice, Access] = {}
        try:
            for letter in wish.letters:
                choice = self._wanted(wish, letter, switcher)
                self.console.tell(_("Switching to {label}…").format(label=one_line(choice.label, 80)))
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
            return self._not_switched(wish, failures[0])
        return await self._exchange(accesses, sessions, agreed)

    async def _exchange(
        self, accesses: Mapping[str, Access], sessions: dict[str, Session], agreed: Mapping[str, int | None]
    ) -> str:
        """Each pane in its turn; what was begun there meanwhile is not cut off."""
        reasons: list[str] = []
        switched: dict[str, Access] = {}
        while sessions:
            letter, session = sessions.popitem()
            self._coming[letter] = accesses[letter]
            try:
                reason = await self.console.sides[letter].queue.exchange(session, may_end=agreed.get(letter))
            except BaseException:
                await _closed(sessions.values())
                raise
            if reason:
                reasons.append(reason)
                self.console.sides[letter].pane.add_line(
                    Severity.FAILED, _("ROLE NOT SWITCHED  {reason}").format(reason=reason)
                )
            else:
                switched[letter] = accesses[letter]
        if switched:
            await self._tell_who({letter: switched[letter] for letter in sorted(switched)})
        if reasons:
            self.console.tell(" ".join(reasons))
        return " ".join(reasons)

    def _exchanged(self, event: SessionExchanged) -> None:
        """The pane runs as somebody else from here on: say so in its title."""
        access = self._coming.pop(event.letter, None)
        if access is None:
            return
        self._state.accesses[event.letter] = access
        pane = self.console.sides[event.letter].pane
        pane.show_role(access.choice.label, access.choice.database_role)
        pane.add_line(Severity.QUIET, _("now {label}").format(label=one_line(access.choice.label, 80)))

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
                    Severity.QUIET,
                    _("NOW {label}").format(label=one_line(access.choice.label, 80)),
                    message=text,
                    advice=_("{role_base_key} goes back to the base; {roles_key} shows this again.").format(
                        role_base_key=key_of("role_base"), roles_key=key_of("roles")
                    ),
                )
            )
        first = next(iter(accesses.values()))
        panes = ngettext("Pane {accesses}", "Panes {accesses}", len(accesses)).format(
            accesses=_(" and ").join(accesses)
        )
        self.console.tell(_("{panes}: now {label}.").format(panes=panes, label=one_line(first.choice.label, 80)))

    def _not_switched(self, wish: RoleWish, failure: ConnectFailed) -> str:
        pane = self.console.active.pane
        again = _("{key} tries again; the session from before needs no reconnecting.").format(key=key_of("roles"))
        report = reports.of_failed_connect(str(failure), failure, again)
        stays = ngettext(
            "Pane {letters} still has the session from before.",
            "Panes {letters} still have the sessions from before.",
            len(wish.letters),
        ).format(letters=_(" and ").join(wish.letters))
        title = _("ROLE NOT SWITCHED")
        report = reports.retitled(report, title, stays)
        pane.show_report(report)
        pane.add_line(Severity.FAILED, _("ROLE NOT SWITCHED  {failure}").format(failure=one_line(str(failure), 300)))
        self.console.tell(_("Nothing was switched. {stays}").format(stays=stays))
        return report.title if report.title != title else f"{title}: {one_line(str(failure), 300)}"

    async def _copy_token_asked(self) -> None:
        switcher = await self._made()
        if switcher is None:
            return
        side = self.console.active
        access = self._state.access(side.letter, switcher)

        is_yes = await answer_of(
            self.console,
            Question(
                _("Copy a connect token?"),
                _(
                    "A new token for {database_role} at {host} goes to this terminal's clipboard. It is a "
                    "password: whoever has it can connect as this role until it expires. It is not shown, "
                    "and nothing here keeps it."
                ).format(database_role=one_line(access.choice.database_role, 40), host=side.setup.endpoint.host),
                yes=_("Copy it"),
                no=_("Do not"),
            ),
        )
        if is_yes:
            await self._copy_token(access, side.letter)

    async def _copy_token(self, access: Access, letter: str) -> None:
        try:
            token = await access.token(self.console.sides[letter].setup.endpoint)
        except ConnectFailed as failure:
            self.console.tell(str(failure))
            return
        copy_without_keeping(self.console.app, token)
        who = await _identified(access)
        lifetime = (
            ""
            if isinstance(who, str)
            else _(", good for {left}").format(left=left(who.token_left_s(datetime.now(UTC))))
        )
        self.console.tell(
            _("A token for pane {letter} is in the clipboard{lifetime}.").format(letter=letter, lifetime=lifetime)
        )


def _question_of_open(letters: Iterable[str]) -> Question:
    panes = _(" and ").join(letters)
    return Question(
        _("A transaction is open"),
        _("Switching ends the session of pane {panes}; its transaction was not committed and is rolled back.").format(
            panes=panes
        ),
        yes=_("Switch and roll back"),
        no=_("Stay"),
    )


async def _identified(access: Access) -> Identity | str:
    """Who one is, or in one sentence why that is not known."""
    try:
        return await access.identity()
    except ConnectFailed as failure:
        return _("{label}; who STS says this is, is not known: {failure}").format(
            label=access.choice.label, failure=failure
        )


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
