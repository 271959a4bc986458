"""Tokens: the passwords of Aurora DSQL, signed on this machine from AWS credentials, good for minutes.

A token is made at each connect and handed straight to libpq. It is never stored, logged or shown.
"""

import asyncio
from datetime import UTC, datetime
from typing import Protocol

from dsqltui.client.aws_account import AccessKeys, AwsAccount
from dsqltui.core.endpoint import Endpoint
from dsqltui.core.limits import TOKEN_LIFETIME_S
from dsqltui.core.roles import ADMIN as ADMIN
from dsqltui.core.session import ConnectFailed


class TokenSource(Protocol):
    """Where a session gets the password for a connect."""

    async def token(self, endpoint: Endpoint, user: str) -> str:
        """A fresh token for `user` at `endpoint`. Raises ConnectFailed."""
        ...


class BotoTokens:
    """Tokens signed by boto3.

    The credentials are those of `account`; else the keys given here; else those of `profile`; else what boto3 finds:
    environment, shared files, SSO, container or instance role. boto3 is imported at first use, in a thread: it costs
    0.2 s, and a refresh of the credentials may wait for the network.
    """

    def __init__(
        self,
        profile: str | None = None,
        *,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        session_token: str | None = None,
        endpoint_url: str | None = None,
        account: AwsAccount | None = None,
        lifetime_s: int = TOKEN_LIFETIME_S,
    ) -> None:
        if (access_key_id is None) != (secret_access_key is None):
            raise ValueError("an access key has two parts; give both or none")
        keys = (
            AccessKeys(access_key_id, secret_access_key, session_token)
            if access_key_id is not None and secret_access_key is not None
            else None
        )
        self.account = account or AwsAccount(profile, keys=keys, endpoint_url=endpoint_url)
        """Whose credentials sign."""
        self.lifetime_s = lifetime_s
        """Seconds that the next tokens are good for, at most a week."""
        self.signed: datetime | None = None
        """When the last token was signed, aware."""

    def __repr__(self) -> str:
        return f"BotoTokens(profile={self.account.profile!r})"

    async def warm(self, *regions: str) -> None:
        """Import boto3 and make the clients of these Regions, so that the first connect need not wait for it.

        Raises ConnectFailed, as `token` would. Missing credentials show only when a token is signed.
        """
        await asyncio.to_thread(self._warm, regions)

    async def token(self, endpoint: Endpoint, user: str) -> str:
        """A token for `user` at `endpoint`, good for `lifetime_s`. Nothing is asked of AWS but, maybe, credentials.

        Raises ConnectFailed, saying what to do, when there are no usable credentials.
        """
        return await asyncio.to_thread(self._sign, endpoint, user)

    def _warm(self, regions: tuple[str, ...]) -> None:
        from botocore.exceptions import BotoCoreError

        failure: ConnectFailed | None = None
        try:
            for region in regions:
                self.account.client("dsql", region)
        except BotoCoreError as error:
            failure = self.account.explained(error)
        if failure is not None:
            raise failure

    def _sign(self, endpoint: Endpoint, user: str) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = self.account.client("dsql", endpoint.region)
            is_admin = user == ADMIN
            sign = client.generate_db_connect_admin_auth_token if is_admin else client.generate_db_connect_auth_token
            token = str(sign(endpoint.token_host, Region=endpoint.region, ExpiresIn=self.lifetime_s))
            self.signed = datetime.now(UTC)
            return token
        except (BotoCoreError, ClientError) as error:
            failure = self.account.explained(error)
        raise failure  # outside the handler: no exception of boto3's comes along
