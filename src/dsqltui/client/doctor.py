"""Looks at all a connection needs, one after the other: credentials, clock, name, TCP, TLS, token, login, mapping."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from dsqltui.client import libpq_environment
from dsqltui.client.aws.account import AwsAccount
from dsqltui.client.background import in_daemon_thread
from dsqltui.client.connecting import ConnectionParameters, verified_tls
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.roots import find_root_certificates
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.checkup import Check, CheckVerdict
from dsqltui.core.aws.diagnosis import Symptom, diagnose
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import _
from dsqltui.core.sessions.asking import NoAnswer, connected, rows_of
from dsqltui.core.sessions.roles import ADMIN, action_of
from dsqltui.core.sessions.session import ConnectFailed

_TCP_TIMEOUT_S = 10.0
_SKEW_LIMIT_S = 300
"""SigV4 lets a clock differ by five minutes."""
_SKEW_WARNING_S = 60
_MAPPING = "SELECT arn FROM sys.iam_pg_role_mappings WHERE pg_role_name = current_user"


async def examine(
    engine: Engine,
    endpoints: Sequence[Endpoint],
    tokens: BotoTokens,
    user: str,
    *,
    parameters: ConnectionParameters = verified_tls,
) -> AsyncIterator[Check]:
    """Every check as it is done: of this machine first, then of each endpoint."""
    doctor = _Doctor(engine, tokens, user, parameters)
    endpoints = tuple(dict.fromkeys(endpoints))
    yield environment_check()
    for check in await doctor.machine(endpoints[0].region):
        yield check
    for endpoint in endpoints:
        async for check in doctor.endpoint(endpoint):
            yield check


class _Doctor:
    def __init__(self, engine: Engine, tokens: BotoTokens, user: str, parameters: ConnectionParameters) -> None:
        self._engine = engine
        self._tokens = tokens
        self._user = user
        self._parameters = parameters

    async def machine(self, region: str) -> list[Check]:
        """Credentials, identity, clock."""
        return await in_daemon_thread(lambda: self._machine(region))

    async def endpoint(self, endpoint: Endpoint) -> AsyncIterator[Check]:
        """Name, TCP, TLS, token, login, mapping; what cannot work any more is skipped."""
        steps: tuple[tuple[str, Callable[[Endpoint], Any]], ...] = (
            ("dns", self._dns),
            ("tcp", self._tcp),
            ("tls", self._tls),
            ("token", self._token),
            ("login", self._login),
        )
        blocked_by = ""
        for name, step in steps:
            if blocked_by and not (name == "token" and blocked_by != "dns"):
                yield Check(
                    name, CheckVerdict.SKIPPED, _("needs {blocked_by}").format(blocked_by=blocked_by), endpoint.host
                )
                continue
            checks: list[Check] = await step(endpoint)
            for check in checks:
                yield check
            if any(check.verdict is CheckVerdict.FAILED for check in checks):
                blocked_by = blocked_by or name

    def _machine(self, region: str) -> list[Check]:
        account = self._tokens.account
        try:
            facts = account.ask(account.facts)
        except ConnectFailed as failure:
            skipped = [Check(name, CheckVerdict.SKIPPED, _("needs credentials")) for name in ("identity", "clock")]
            return [_failed("credentials", failure), *skipped]
        left = ""
        if facts.expire is not None:
            left = _(", good until {time:%Y-%m-%d %H:%M} UTC").format(time=facts.expire.astimezone(UTC))
        checks = [
            Check("credentials", CheckVerdict.OK, _("from {source}{left}").format(source=facts.source, left=left))
        ]
        asked = datetime.now(UTC)
        try:
            answer, refusal = account.ask(lambda: _identity(account, region))
        except ConnectFailed as failure:  # AWS gave no answer; a token can be signed without one
            answer = {}
            checks.append(_as_warning(_failed("identity", failure)))
        else:
            checks.append(
                _failed("identity", refusal) if refusal else Check("identity", CheckVerdict.OK, str(answer["Arn"]))
            )
        checks.append(_clock(answer, asked))
        return checks

    async def _dns(self, endpoint: Endpoint) -> list[Check]:
        if endpoint.hostaddr:
            return [
                Check(
                    "dns",
                    CheckVerdict.OK,
                    _("skipped: fixed address {hostaddr}").format(hostaddr=endpoint.hostaddr),
                    endpoint.host,
                )
            ]
        try:
            addresses = await self._addresses(endpoint)
        except (OSError, UnicodeError) as error:
            failure = ConnectFailed(
                _("The name {host} could not be resolved.").format(host=endpoint.host),
                symptom=Symptom(f"failed to resolve host {endpoint.host!r}: {error}", host=endpoint.host),
            )
            return [_failed("dns", failure, endpoint)]
        return [Check("dns", CheckVerdict.OK, ", ".join(addresses), endpoint.host)]

    async def _tcp(self, endpoint: Endpoint) -> list[Check]:
        """Every address: libpq tries them in this order, and one that answers is enough."""
        answered: list[str] = []
        silent: list[str] = []
        for address in await self._addresses(endpoint):
            started = time.monotonic()
            try:
                async with asyncio.timeout(_TCP_TIMEOUT_S):
                    _unused, writer = await asyncio.open_connection(address, endpoint.port)
                writer.close()
                answered.append(
                    _("{address} in {took:.0f} ms").format(address=address, took=(time.monotonic() - started) * 1000)
                )
            except TimeoutError:
                silent.append(f"{address}: timeout expired")
            except OSError as error:
                silent.append(f"{address}: {error.strerror or error}")
        if not answered:
            words = "; ".join(silent)
            symptom = Symptom(words, host=endpoint.host, port=endpoint.port)
            return [
                _failed(
                    "tcp",
                    ConnectFailed(_("No address answers: {words}.").format(words=words), symptom=symptom),
                    endpoint,
                )
            ]
        said = f"{', '.join(answered)}" + (_("; not {silent}").format(silent="; ".join(silent)) if silent else "")
        return [Check("tcp", CheckVerdict.WARNING if silent else CheckVerdict.OK, said, endpoint.host)]

    async def _tls(self, endpoint: Endpoint) -> list[Check]:
        try:
            said = await asyncio.to_thread(_handshake, endpoint, (await self._addresses(endpoint)))
        except ConnectFailed as failure:
            return [_failed("tls", failure, endpoint)]
        return [Check("tls", CheckVerdict.OK, said, endpoint.host)]

    async def _token(self, endpoint: Endpoint) -> list[Check]:
        try:
            await self._tokens.token(endpoint, self._user)
        except ConnectFailed as failure:
            return [_failed("token", failure, endpoint)]
        said = _("signed for {action} in {region}, good for {lifetime_s} s").format(
            action=action_of(self._user), region=endpoint.region, lifetime_s=self._tokens.lifetime_s
        )
        return [Check("token", CheckVerdict.OK, said, endpoint.host)]

    async def _login(self, endpoint: Endpoint) -> list[Check]:
        session = PgSession(self._engine, endpoint, self._user, self._tokens, parameters=self._parameters)
        started = time.monotonic()
        try:
            async with connected(session):
                said = _("as {user} in {took:.0f} ms").format(user=self._user, took=(time.monotonic() - started) * 1000)
                return [Check("login", CheckVerdict.OK, said, endpoint.host), await self._mapping(session, endpoint)]
        except ConnectFailed as failure:
            return [
                _failed("login", failure, endpoint),
                Check("mapping", CheckVerdict.SKIPPED, _("needs login"), endpoint.host),
            ]

    async def _mapping(self, session: PgSession, endpoint: Endpoint) -> Check:
        if self._user == ADMIN:
            return Check("mapping", CheckVerdict.OK, _("admin needs none, only dsql:DbConnectAdmin"), endpoint.host)
        try:
            rows = await rows_of(session, _MAPPING, limit=50)
        except NoAnswer as reason:
            said = _("sys.iam_pg_role_mappings could not be read: {reason}").format(reason=reason)
            return Check("mapping", CheckVerdict.WARNING, said, endpoint.host)
        return Check("mapping", CheckVerdict.OK, ", ".join(str(row[0]) for row in rows), endpoint.host)

    async def _addresses(self, endpoint: Endpoint) -> list[str]:
        if endpoint.hostaddr:
            return endpoint.hostaddr.split(",")
        found = await asyncio.get_running_loop().getaddrinfo(
            endpoint.host, endpoint.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
        return list(dict.fromkeys(str(item[4][0]) for item in found))


def environment_check() -> Check:
    """What is set for psql and not used here."""
    names = libpq_environment.set_but_unused()
    if not names:
        return Check("environment", CheckVerdict.OK, _("nothing is set that psql would use"))
    said = _("set for psql, not used by dsqltui: {names}").format(names=", ".join(names))
    return Check("environment", CheckVerdict.OK, said)


def _identity(account: AwsAccount, region: str) -> tuple[dict[str, Any], ConnectFailed | None]:
    """What STS answers to who one is, and its refusal if it is one."""
    from botocore.exceptions import ClientError

    try:
        answer = account.client("sts", region).get_caller_identity()
    except ClientError as error:
        return dict(error.response), account.explained(error)
    return {**answer, "Arn": str(answer["Arn"])}, None


def _clock(answer: Any, asked: datetime) -> Check:
    """This machine's clock against the Date of AWS's answer."""
    told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if not told:
        return Check("clock", CheckVerdict.SKIPPED, _("no answer of AWS to compare with"))
    skew = (asked - parsedate_to_datetime(told).astimezone(UTC)).total_seconds()
    said = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} AWS's" if abs(skew) > 2 else _("in sync with AWS")
    if abs(skew) < _SKEW_WARNING_S:
        return Check("clock", CheckVerdict.OK, said)
    return Check(
        "clock",
        CheckVerdict.FAILED if abs(skew) >= _SKEW_LIMIT_S else CheckVerdict.WARNING,
        said,
        cause=_("A signature more than five minutes off is refused, and tokens live shorter or longer than they say."),
        proof=_("Date: {told}").format(told=told),
        next_step=_("timedatectl   (then: sudo timedatectl set-ntp true)"),
    )


def _handshake(endpoint: Endpoint, addresses: list[str]) -> str:
    """TLS as the session does it, from the first byte; what the certificate says. Blocking. Raises ConnectFailed."""
    problem: Exception | None = None
    try:
        context = ssl.create_default_context(cafile=endpoint.ca_file or str(find_root_certificates()))
    except OSError as error:
        words = f"root certificate file {endpoint.ca_file} cannot be used: {error}"
        told = _("The root certificate file {file} cannot be used: {reason}.")
        raise ConnectFailed(
            told.format(file=endpoint.ca_file, reason=error), symptom=Symptom(words, host=endpoint.host)
        ) from None
    context.set_alpn_protocols(["postgresql"])
    context.check_hostname = endpoint.behind is None
    for address in addresses:
        try:
            with (
                closing(socket.create_connection((address, endpoint.port), _TCP_TIMEOUT_S)) as plain,
                context.wrap_socket(plain, server_hostname=endpoint.host) as secure,
            ):
                certificate: Any = secure.getpeercert() or {}
                issuer = dict(part[0] for part in certificate.get("issuer", ()))
                return _("{version}, certificate of {value} until {value_2}").format(
                    version=secure.version(),
                    value=issuer.get("commonName", _("an unnamed authority")),
                    value_2=certificate.get("notAfter", _("an unknown day")),
                )
        except (OSError, ssl.SSLError) as error:
            problem = error
    words = str(problem).replace("Hostname mismatch", "does not match host name")
    if "unexpected eof" in words.lower() or "EOF" in words:
        words = f"SSL SYSCALL error: EOF detected ({words})"
    symptom = Symptom(words, host=endpoint.host, port=endpoint.port)
    raise ConnectFailed(
        _("TLS with {host}:{port} failed: {words}.").format(host=endpoint.host, port=endpoint.port, words=words),
        symptom=symptom,
    )


def _failed(name: str, failure: ConnectFailed, endpoint: Endpoint | None = None) -> Check:
    found = diagnose(failure.symptom) if failure.symptom else None
    host = endpoint.host if endpoint else ""
    if found is None:
        return Check(name, CheckVerdict.FAILED, str(failure), host)
    return Check(name, CheckVerdict.FAILED, str(failure), host, found.cause, found.proof, found.next_step)


def _as_warning(check: Check) -> Check:
    return Check(check.name, CheckVerdict.WARNING, check.said, check.host, check.cause, check.proof, check.next_step)
