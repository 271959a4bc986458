"""Tokens: the passwords of Aurora DSQL, signed on this machine from AWS credentials, good for minutes.

A token is made at each connect and handed straight to libpq. It is never stored, logged or shown.
"""

from datetime import UTC, datetime
from typing import Protocol

from dsqltui.client.aws.account import AccessKeys, AwsAccount
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.aws.limits import TOKEN_LIFETIME_S
from dsqltui.core.language import _
from dsqltui.core.sessions.roles import ADMIN


class TokenSource(Protocol):
    """Where a session gets the password for a connect."""

    async def token(self, endpoint: Endpoint, user: str) -> str:
        """A fresh token for `user` at `endpoint`. Raises ConnectFailed."""
        ...


class BotoTokens:
    """Tokens signed by botocore.

    The credentials are those of `account`; else the keys given here; else those of `profile`; else what botocore's
    chain finds, as for boto3: environment, shared files, SSO, container or instance role. botocore is imported at first
    use, in a thread: it takes its time, and a refresh of the credentials may wait for the network.
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
            raise ValueError(_("an access key has two parts; give both or none"))
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

    async def token(self, endpoint: Endpoint, user: str) -> str:
        """A token for `user` at `endpoint`, good for `lifetime_s`. Nothing is asked of AWS but, maybe, credentials.

        Raises ConnectFailed, saying what to do, when there are no usable credentials.
        """
        return await self.account.asked(lambda: self._sign(endpoint, user))

    def _sign(self, endpoint: Endpoint, user: str) -> str:
        """What boto3's `generate_db_connect_(admin_)auth_token` makes, by the same signer, without a client: its class
        is made from the service's model, which costs more than all the rest."""
        from botocore.auth import SigV4QueryAuth
        from botocore.awsrequest import AWSRequest
        from botocore.utils import validate_region_name

        validate_region_name(endpoint.region)
        action = "DbConnectAdmin" if user == ADMIN else "DbConnect"
        request = AWSRequest("GET", f"https://{endpoint.token_host}/", params={"Action": action})
        credentials = self.account.credentials()
        SigV4QueryAuth(credentials, "dsql", endpoint.region, expires=self.lifetime_s).add_auth(request)
        self.signed = datetime.now(UTC)
        return str(request.url).removeprefix("https://")
