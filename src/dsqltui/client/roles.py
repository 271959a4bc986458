"""The role switcher: finds roles, assumes them by STS, opens sessions as them. Implements `core.sessions.roles`."""

from collections.abc import Callable, Sequence

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import _
from dsqltui.core.sessions.asking import NoAnswer, connected, rows_of
from dsqltui.core.sessions.roles import ADMIN, MAX_TOKEN_LIFETIME_S, Access, Discovery, Identity, RoleChoice
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.resources import catalog_query

_MAX_MAPPINGS = 1_000


class BotoAccess:
    """Credentials of one identity and a database role; implements `core.sessions.roles.Access`."""

    def __init__(self, engine: Engine, choice: RoleChoice, tokens: BotoTokens, region: str) -> None:
        self.choice = choice
        self.tokens = tokens
        self._engine = engine
        self._region = region

    def __repr__(self) -> str:
        return f"BotoAccess({self.choice.label})"

    async def identity(self) -> Identity:
        """See Access.identity."""
        return await self.tokens.account.asked(self._identity)

    def session(self, endpoint: Endpoint) -> Session:
        """See Access.session."""
        return PgSession(self._engine, endpoint, self.choice.database_role, self.tokens)

    async def token(self, endpoint: Endpoint) -> str:
        """See Access.token."""
        return await self.tokens.token(endpoint, self.choice.database_role)

    def _identity(self) -> Identity:
        facts = self.tokens.account.facts()
        arn = self.tokens.account.caller_arn(self._region)
        return Identity(
            arn, self.choice.database_role, facts.source, facts.expire, self.tokens.signed, self.tokens.lifetime_s
        )


class BotoRoles:
    """Implements `core.sessions.roles.RoleSwitcher`.

    `base` signs for the role the console was started with. `configured` are the settings' choices. Discovery connects
    to the first endpoint that answers, as admin.
    """

    def __init__(
        self,
        engine: Engine,
        endpoints: Sequence[Endpoint],
        tokens: BotoTokens,
        user: str,
        *,
        configured: Callable[[], Sequence[RoleChoice]] = tuple,
    ) -> None:
        self._engine = engine
        self._endpoints = tuple(dict.fromkeys(endpoints))
        self._tokens = tokens
        self._base = BotoAccess(engine, RoleChoice(user), tokens, self._region)
        self._configured = configured

    @property
    def base(self) -> Access:
        """See RoleSwitcher.base."""
        return self._base

    @property
    def token_lifetime_s(self) -> int:
        """See RoleSwitcher; an access keeps what it was made with, the base follows."""
        return self._tokens.lifetime_s

    @token_lifetime_s.setter
    def token_lifetime_s(self, seconds: int) -> None:
        if not 1 <= seconds <= MAX_TOKEN_LIFETIME_S:
            raise ValueError(
                _("a token may live from 1 s to a week ({max_token_lifetime_s} s), not {seconds} s").format(
                    max_token_lifetime_s=MAX_TOKEN_LIFETIME_S, seconds=seconds
                )
            )
        self._tokens.lifetime_s = seconds

    async def assume(self, choice: RoleChoice, mfa_code: str = "") -> Access:
        """See RoleSwitcher.assume."""
        if not choice.role_arn and not choice.source_profile:
            tokens = BotoTokens(account=self._tokens.account, lifetime_s=self._tokens.lifetime_s)
            return BotoAccess(self._engine, choice, tokens, self._region)
        account = await self._tokens.account.asked(
            lambda: self._tokens.account.become(choice, self._region, mfa_code),
            role_arn=choice.role_arn,
            region=self._region,
        )
        tokens = BotoTokens(account=account, lifetime_s=self._tokens.lifetime_s)
        return BotoAccess(self._engine, choice, tokens, self._region)

    def configured(self, name: str) -> RoleChoice | None:
        """See RoleSwitcher.configured."""
        return next((choice for choice in self._configured() if choice.name == name), None)

    async def discover(self) -> Discovery:
        """See RoleSwitcher.discover."""
        known = [self._base.choice]
        if self._base.choice.database_role != ADMIN:
            known.append(RoleChoice(ADMIN))
        known += self._configured()
        trouble = ""
        for endpoint in self._endpoints:
            found = await self._mapped(endpoint)
            if not isinstance(found, str):
                seen = {(choice.database_role, choice.role_arn) for choice in known}
                known += [choice for choice in found if (choice.database_role, choice.role_arn) not in seen]
                trouble = ""
                break
            trouble = trouble or found
        return Discovery(tuple(known), trouble)

    @property
    def _region(self) -> str:
        return self._endpoints[0].region

    async def _mapped(self, endpoint: Endpoint) -> list[RoleChoice] | str:
        """The cluster's mappings as choices, or why there are none to see."""
        session = PgSession(self._engine, endpoint, ADMIN, self._tokens)
        query = catalog_query("role_mappings")
        try:
            async with connected(session):
                rows = await rows_of(session, query, limit=_MAX_MAPPINGS)
        except (ConnectFailed, NoAnswer) as problem:
            return str(problem)
        return [choice for role, arn in rows if (choice := _choice(role or "", arn or "")) is not None]


def _choice(role: str, arn: str) -> RoleChoice | None:
    """A mapping as a choice; a user's mapping is one for the base credentials. None for the cluster's own."""
    try:
        return RoleChoice(role, arn if ":role/" in arn else "")
    except ValueError:
        return None
