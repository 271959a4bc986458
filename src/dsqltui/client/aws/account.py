"""Credentials of one AWS identity and the botocore clients that use them. Blocking: callers go to a thread.

Where they come from is botocore's business, as it is of boto3, which stands on it (environment, profiles, SSO,
container, instance, CloudShell), unless keys are given, as for the simulator: then nothing of this machine's AWS
configuration is read, and every call goes to the simulator's endpoint. Secrets live inside botocore's objects only;
nothing here shows or stores one.
"""

import getpass
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from dsqltui.client.aws.credential_chain import bounded
from dsqltui.client.aws.trouble import code_of, failure_of, words_of
from dsqltui.client.background import in_daemon_thread
from dsqltui.core.aws.diagnosis import iam_arn_of
from dsqltui.core.language import N_, _
from dsqltui.core.sessions.roles import RoleChoice, with_chaining_cap
from dsqltui.core.sessions.session import ConnectFailed

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials
    from botocore.session import Session

T = TypeVar("T")

_TIMEOUT_S = 10
_TRIES = 2

Clock = Callable[[], datetime]
"""Tells the time; aware."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """A key pair, and the session token of a temporary one."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """What may be told of credentials."""

    source: str
    """Where they come from: environment variables, AWS SSO, ..."""
    expire: datetime | None


class AwsAccount:
    """One identity's credentials. May be used from any thread."""

    def __init__(
        self,
        profile: str | None = None,
        *,
        keys: AccessKeys | None = None,
        endpoint_url: str | None = None,
        clock: Clock = _now,
    ) -> None:
        """`endpoint_url` is where all services answer, for the simulator; None: AWS, or what AWS_ENDPOINT_URL says."""
        self.profile = profile
        self._keys = keys
        self._endpoint_url = endpoint_url
        self._clock = clock
        self._door = threading.Lock()  # sessions do not allow two threads to make clients at once
        self._session: Session | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._arn = ""
        self._assumed: tuple[AwsAccount, RoleChoice, str] | None = None
        self._has_used_code = False
        self.ask_code: Callable[[str], str] | None = getpass.getpass
        """Asks the person for the MFA code of a profile, given the words to ask with; None where nobody can answer."""

    def __repr__(self) -> str:
        return f"AwsAccount(profile={self.profile!r})"

    def ask(self, work: Callable[[], T], *, role_arn: str = "", region: str = "") -> T:
        """The result of `work`, which uses this account. Raises ConnectFailed, whatever `work` raises: what comes from
        outside (programs, files, proxies, answers) makes botocore raise errors of any kind."""
        try:
            return work()
        except ConnectFailed:
            raise
        except Exception as error:
            failure = self.explained(error, role_arn=role_arn, region=region)
        raise failure  # outside the handler: no exception of botocore's comes along

    async def asked(self, work: Callable[[], T], *, role_arn: str = "", region: str = "") -> T:
        """As `ask`, in a thread that keeps nobody from leaving. Raises ConnectFailed."""
        return await in_daemon_thread(lambda: self.ask(work, role_arn=role_arn, region=region))

    def client(self, service: str, region: str) -> Any:  # botocore makes its clients' classes at run time
        """A client of that service; made once. Raises anything, as all below do: for `ask`."""
        from botocore.config import Config

        with self._door:
            session = self._made_session()
            key = (service, region)
            if key not in self._clients:
                config = Config(
                    connect_timeout=_TIMEOUT_S,
                    read_timeout=_TIMEOUT_S * 3,
                    retries={"total_max_attempts": _TRIES},
                    proxies={} if self._endpoint_url else None,  # the simulator is on this machine
                )
                self._clients[key] = session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint_url,
                    config=config,
                )
            return self._clients[key]

    def credentials(self) -> "ReadOnlyCredentials":
        """To sign with, renewed if that is due."""
        if self._keys is not None:  # the chain would only hand them back
            from botocore.credentials import ReadOnlyCredentials

            return ReadOnlyCredentials(self._keys.access_key_id, self._keys.secret_access_key, self._keys.session_token)
        return self._found_credentials().get_frozen_credentials()

    def facts(self) -> CredentialFacts:
        """Where the credentials come from and when they run out."""
        credentials = self._found_credentials()
        credentials.get_frozen_credentials()  # renews what is due
        expire = getattr(credentials, "_expiry_time", None)  # botocore has no public name for it
        return CredentialFacts(_(_SOURCES.get(credentials.method, credentials.method)), expire)

    def _found_credentials(self) -> "Credentials":
        from botocore.exceptions import NoCredentialsError

        with self._door:
            credentials = self._made_session().get_credentials()
        if credentials is None:
            raise NoCredentialsError
        return credentials

    def caller_arn(self, region: str) -> str:
        """Who STS says one is; asked once."""
        if not self._arn:
            self._arn = str(self.client("sts", region).get_caller_identity()["Arn"])
        return self._arn

    def assume(self, choice: RoleChoice, region: str, mfa_code: str = "") -> "AwsAccount":
        """The identity of `choice.role_arn`, assumed now and renewed before it runs out.

        With an MFA device it cannot be renewed, as its code is good once: the person is asked again.
        """
        source = self
        if choice.source_profile and choice.source_profile != self.profile:
            source = self.of_profile(choice.source_profile)
        if choice.via_arn:
            first = RoleChoice(
                choice.database_role,
                choice.via_arn,
                choice.session_name,
                mfa_serial=choice.mfa_serial,
            )
            source = source.assume(first, region, mfa_code)
            mfa_code = ""
        assumed = AwsAccount(endpoint_url=self._endpoint_url, clock=self._clock)
        assumed._assumed = (source, choice, mfa_code)
        with assumed._door:
            assumed._session = assumed._session_of_role(region)
        return assumed

    def become(self, choice: RoleChoice, region: str, mfa_code: str = "") -> "AwsAccount":
        """The identity that `choice` signs with: this one, that of another profile, or an assumed role."""
        if choice.role_arn:
            return self.assume(choice, region, mfa_code)
        return self.of_profile(choice.source_profile) if choice.source_profile else self

    def of_profile(self, profile: str) -> "AwsAccount":
        """The identity of another profile of this machine."""
        other = AwsAccount(profile, endpoint_url=self._endpoint_url, clock=self._clock)
        other.ask_code = self.ask_code
        return other

    def explained(self, error: Exception, *, role_arn: str = "", region: str = "") -> ConnectFailed:
        """The error in plain words. When it is about the credentials, what was cached is forgotten: it has them built
        in, and the person may meanwhile have signed in."""
        if self._assumed is None and _is_about_credentials(error):
            with self._door:
                self._session = None
                self._clients.clear()
        caller, proof = self._arn, ""
        if role_arn and "sts:AssumeRole" in words_of(error):
            caller = self._known_caller(region)
            proof = self._trust_of(role_arn, caller, region)
        return failure_of(error, profile=self.profile, role_arn=role_arn, caller_arn=caller, proof=proof)

    def _made_session(self) -> "Session":
        """The session, botocore's: boto3's would only be one around it, and takes its time to load. The door is
        held."""
        if self._session is None:
            import botocore.session

            if self._keys is None:
                self._session = botocore.session.Session()
                if self.profile is not None:
                    self._session.set_config_variable("profile", self.profile)
                bounded(self._session, self.ask_code)
            else:
                self._session = botocore.session.Session(_UNCONFIGURED if self._endpoint_url else None)
                keys = self._keys
                self._session.set_credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
        return self._session

    def _session_of_role(self, region: str) -> "Session":
        import botocore.session
        from botocore.credentials import RefreshableCredentials

        source, choice, _ = self._assumed_from()
        metadata = self._assume_role(region)
        session = botocore.session.Session(_UNCONFIGURED if self._endpoint_url else None)
        # `_credentials` is where botocore itself keeps them; it has no public way to set refreshable ones
        session._credentials = RefreshableCredentials(  # type: ignore[attr-defined]
            metadata["access_key"],
            metadata["secret_key"],
            metadata["token"],
            datetime.fromisoformat(metadata["expiry_time"]),
            lambda: self._assume_role(region),
            f"assume-role from {source.facts().source}",
            time_fetcher=self._clock,
            advisory_timeout=min(900, choice.duration_s // 3),
            mandatory_timeout=min(600, choice.duration_s // 6),
        )
        return session

    def _assumed_from(self) -> "tuple[AwsAccount, RoleChoice, str]":
        if self._assumed is None:
            raise AssertionError("not an assumed role")
        return self._assumed

    def _assume_role(self, region: str) -> dict[str, str]:
        """Fresh credentials of the role, in botocore's form."""
        from botocore.exceptions import CredentialRetrievalError

        source, choice, mfa_code = self._assumed_from()
        is_chained = ":assumed-role/" in source.caller_arn(region)
        asked: dict[str, object] = {
            "RoleArn": choice.role_arn,
            "RoleSessionName": choice.session_name,
            "DurationSeconds": with_chaining_cap(choice.duration_s, is_chained=is_chained),
        }
        if choice.external_id:
            asked["ExternalId"] = choice.external_id
        if choice.mfa_serial and not choice.via_arn:
            if self._has_used_code:
                raise CredentialRetrievalError(
                    provider="assume-role", error_msg=_("a new MFA code is needed to renew the role's credentials")
                )
            asked |= {"SerialNumber": choice.mfa_serial, "TokenCode": mfa_code}
            self._has_used_code = True
        answer = source.client("sts", region).assume_role(**asked)
        given = answer["Credentials"]
        self._arn = str(answer["AssumedRoleUser"]["Arn"])
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    def _known_caller(self, region: str) -> str:
        try:
            return self.caller_arn(region)
        except Exception:  # only a name for a sentence; the error itself is being told already
            return ""

    def _trust_of(self, role_arn: str, caller: str, region: str) -> str:
        """What IAM says about a role that could not be assumed: gone, or not trusting. STS tells neither."""
        from botocore.exceptions import ClientError

        try:
            role = self.client("iam", region).get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
            return _trust_problem(role["AssumeRolePolicyDocument"], caller)
        except ClientError as error:
            if code_of(error) == "NoSuchEntity":
                return f"\n{words_of(error)}"
            return ""  # may not look: STS's words have to do
        except Exception:  # only proof for a sentence; the error itself is being told already
            return ""


_SOURCES = {
    "explicit": N_("access keys"),
    "env": N_("environment variables"),
    "shared-credentials-file": N_("the shared credentials file"),
    "config-file": N_("the AWS configuration file"),
    "custom-process": "credential_process",
    "container-role": N_("the container's role"),
    "iam-role": N_("the instance's role"),
    "sso": "AWS SSO",
}
"""botocore's words for where credentials come from, as people call them."""

_UNCONFIGURED: dict[str, tuple[str | None, str | None, Any, Any]] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Session variables of botocore for a session that reads nothing of this machine's AWS configuration."""


def _is_about_credentials(error: Exception) -> bool:
    from botocore.exceptions import ClientError

    return not isinstance(error, ClientError) or code_of(error) in _CREDENTIAL_CODES


_CREDENTIAL_CODES = frozenset(
    """
    ExpiredToken ExpiredTokenException InvalidClientTokenId UnrecognizedClientException SignatureDoesNotMatch
    InvalidSignatureException IncompleteSignature MissingAuthenticationToken
    """.split()
)


def _trust_problem(document: Any, caller: str) -> str:
    """A line of proof when no Allow statement of a trust policy names the caller or its account; else empty.

    Conditions are not judged: with one, only AWS can tell.
    """
    account = caller.split(":")[4] if caller.count(":") >= 5 else ""
    names = {caller, iam_arn_of(caller), account, f"arn:aws:iam::{account}:root", "*"}
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    trusted: list[str] = []
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        named = principal if isinstance(principal, str) else principal.get("AWS", [])
        if statement.get("Effect") == "Allow":
            trusted += [named] if isinstance(named, str) else named
    if names & {*trusted}:
        return ""
    return f"\ntrust: does not name {caller}; it names {', '.join(map(str, trusted)) or 'nobody'}"
