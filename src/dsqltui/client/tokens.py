"""Tokens: the passwords of Aurora DSQL, signed on this machine from AWS credentials, good for minutes.

A token is made at each connect and handed straight to libpq. It is never stored, logged or shown.
"""

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Protocol

from dsqltui.core.endpoint import Endpoint
from dsqltui.core.limits import TOKEN_LIFETIME_S
from dsqltui.core.session import ConnectFailed

if TYPE_CHECKING:
    import boto3

ADMIN = "admin"
"""The role whose token is signed for the action DbConnectAdmin; every other role's is for DbConnect."""


class TokenSource(Protocol):
    """Where a session gets the password for a connect."""

    async def token(self, endpoint: Endpoint, user: str) -> str:
        """A fresh token for `user` at `endpoint`. Raises ConnectFailed."""
        ...


class BotoTokens:
    """Tokens signed by boto3.

    The credentials are the keys given here; else those of `profile`; else what boto3 finds: environment, shared files,
    SSO, container or instance role. boto3 is imported at first use, in a thread: it costs 0.2 s, and a refresh of the
    credentials may wait for the network.
    """

    def __init__(
        self,
        profile: str | None = None,
        *,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        session_token: str | None = None,
    ) -> None:
        if (access_key_id is None) != (secret_access_key is None):
            raise ValueError("an access key has two parts; give both or none")
        self._profile = profile
        self._access_key_id = access_key_id
        self._secret_access_key = secret_access_key
        self._session_token = session_token
        self._door = threading.Lock()  # boto3 sessions do not allow two threads to make clients at once
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"BotoTokens(profile={self._profile!r})"

    async def warm(self, *regions: str) -> None:
        """Import boto3 and make the clients of these Regions, so that the first connect need not wait for it.

        Raises ConnectFailed, as `token` would. Missing credentials show only when a token is signed.
        """
        await asyncio.to_thread(self._warm, regions)

    async def token(self, endpoint: Endpoint, user: str) -> str:
        """A token for `user` at `endpoint`, good for 900 s. Nothing is asked of AWS but, maybe, fresh credentials.

        Raises ConnectFailed, saying what to do, when there are no usable credentials.
        """
        return await asyncio.to_thread(self._sign, endpoint, user)

    def _warm(self, regions: tuple[str, ...]) -> None:
        from botocore.exceptions import BotoCoreError

        failure: ConnectFailed | None = None
        try:
            for region in regions:
                self._client(region)
        except BotoCoreError as error:
            failure = self._failure(error)
        if failure is not None:
            raise failure

    def _sign(self, endpoint: Endpoint, user: str) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = self._client(endpoint.region)
            is_admin = user == ADMIN
            sign = client.generate_db_connect_admin_auth_token if is_admin else client.generate_db_connect_auth_token
            return str(sign(endpoint.host, Region=endpoint.region, ExpiresIn=TOKEN_LIFETIME_S))
        except (BotoCoreError, ClientError) as error:
            failure = self._failure(error)
        raise failure  # outside the handler: no exception of boto3's comes along

    def _client(self, region: str) -> Any:  # boto3 makes its clients' classes at run time
        import boto3

        with self._door:
            if self._session is None:
                self._session = boto3.Session(
                    profile_name=self._profile,
                    aws_access_key_id=self._access_key_id,
                    aws_secret_access_key=self._secret_access_key,
                    aws_session_token=self._session_token,
                )
            if region not in self._clients:
                self._clients[region] = self._session.client("dsql", region_name=region)
            return self._clients[region]

    def _failure(self, error: Exception) -> ConnectFailed:
        """The error in plain words. What was cached is forgotten: it has the missing credentials built in."""
        with self._door:
            self._session = None
            self._clients.clear()
        return ConnectFailed(_plain_words(error, self._profile))


def _plain_words(error: Exception, profile: str | None) -> str:
    from botocore import exceptions as boto

    option = f" --profile {profile}" if profile else ""
    said = str(error).strip().rstrip(".")
    match error:
        case boto.NoCredentialsError():
            return (
                "No AWS credentials were found, so no token can be signed; run `aws configure` or "
                "`aws sso login`, or set AWS_PROFILE, and connect again."
            )
        case boto.ProfileNotFound():
            return (
                f"{said}; see `aws configure list-profiles` for those there are, and pass one of them with --profile."
            )
        case boto.SSOError() | boto.TokenRetrievalError():
            return (
                f"The AWS SSO session is missing or has expired ({said}); run `aws sso login{option}` "
                "and connect again."
            )
        case boto.LoginError():
            return (
                f"The AWS login session is missing or has expired ({said}); run `aws login{option}` and connect again."
            )
        case boto.PartialCredentialsError():
            return f"{said}; complete the credentials with `aws configure{option}` and connect again."
    return (
        f"No token could be signed from the AWS credentials: {said}; "
        f"check them with `aws sts get-caller-identity{option}`."
    )
