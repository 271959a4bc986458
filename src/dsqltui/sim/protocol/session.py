"""One client's connection to one Regional endpoint: startup, token, then queries until it goes."""

import asyncio
import contextlib
import secrets
import uuid
from functools import partial

from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.aws.sigv4 import ADMIN_USER
from dsqltui.sim.cluster.shared_cluster import CLIENT_SESSIONS, DATABASE, SharedCluster
from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.execution.own_statements import OwnStatements
from dsqltui.sim.execution.renewal import renew
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.wire import Frames, PgError, ProtocolViolation
from dsqltui.sim.protocol.admission import Admission, denied
from dsqltui.sim.protocol.client_writer import ClientWriter
from dsqltui.sim.protocol.extended import ExtendedQueries, Message
from dsqltui.sim.protocol.simple import SimpleQueries
from dsqltui.sim.rules import refusals
from dsqltui.sim.rules.messages import NOT_BOOLEAN, SERVER_UNAVAILABLE, TOO_MANY_CONNECTIONS
from dsqltui.sim.rules.parameters import is_boolean
from dsqltui.sim.sql.stand_ins import BITMAP_SCAN, STAND_INS, SYNC_INDEX_PARAMETER

MAX_MESSAGE_BYTES = 10 * 1024 * 1024
"""Source: AWS User Guide, quotas: a longer message ends the connection."""

_MAX_STARTUP_BYTES = 10_000
_HEARD_WITHIN_S = 1.0
_BATCH_BYTES = 8 * 1024 * 1024
_PASSED_ON = frozenset(
    """
    application_name client_encoding datestyle extra_float_digits intervalstyle timezone search_path
    enable_hashjoin enable_indexonlyscan enable_indexscan enable_material enable_mergejoin enable_nestloop
    enable_seqscan
    """.split()
)
"""Startup parameters PostgreSQL knows too."""
_PRESET = (
    "-c dsqltui.disable_sync_create_index=on -c dsqltui.enable_bitmapscan=on -c enable_bitmapscan=off "
    "-c dsql.enable_batched_nestloop=on"
)
"""Parameters of Aurora DSQL that PostgreSQL lacks, with their defaults."""
_TOLD_MAX_CONNECTIONS = 20
"""What SHOW max_connections says, and means nothing (recorded 2026-09)."""
_NOT_MAPPED = "User: {arn} is not authorized to access this resource"
"""HINT when no AWS IAM GRANT maps the principal to the role; the wording for this very case is guessed."""


def new_cancel_key() -> bytes:
    """What BackendKeyData tells: a number in the place of a process's, and a secret. Clients take the first for signed,
    and expect a process to have a positive one."""
    return (1 + secrets.randbelow(2**31 - 1)).to_bytes(4, "big") + secrets.token_bytes(4)


class ClientSession:
    """A connection after TLS. `run` returns when the client has gone or was refused."""

    def __init__(
        self,
        cluster: SharedCluster,
        door: Admission,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._cluster = cluster
        self._door = door
        self._reader = reader
        self._frames = Frames(reader, max_length=MAX_MESSAGE_BYTES)
        self._client = ClientWriter(writer)
        self._executor: Executor | None = None
        self._key = b""

    async def run(self) -> None:
        """Serve the client. Connection errors end it silently: there is nobody left to tell."""
        login = asyncio.timeout(self._cluster.settings.login_timeout_s)
        try:
            async with login:
                parameters = await self._startup()
                if parameters is None:
                    return
                with self._door.entered():
                    await self._authenticate(parameters)
                    login.reschedule(None)
                    with self._door.until_too_old(self._client.abort):
                        await self._serve()
        except TimeoutError:
            if not login.expired():
                raise
        except PgError as error:
            error.fields |= {"S": "FATAL", "V": "FATAL"}
            await self._say_last(error)
        except ProtocolViolation as violation:
            await self._say_last(PgError("08P01", str(violation), severity="FATAL"))
            await self._until_heard()
        except (ConnectionError, asyncio.IncompleteReadError):
            return

    async def close(self) -> None:
        """The client has gone: stop what still runs for it."""
        self._cluster.sessions_by_key.pop(self._key, None)
        executor = self._executor
        if executor is not None:
            self._cluster.neighbours.discard(executor)
            was_talking = executor.is_running
            executor.close()
            if was_talking:
                with contextlib.suppress(OSError):  # PostgreSQL may be gone, and what ran there with it
                    await executor.backend.cancel()
        self._client.close()

    async def _say_last(self, error: PgError) -> None:
        self._client.write(error.frame())
        self._client.flush()
        try:
            await self._client.drain()
        except ConnectionError:
            return

    async def _until_heard(self) -> None:
        """Take what the client still sends, so that it comes to read the error: closing with unread data resets the
        connection, and the error would be lost."""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(_HEARD_WITHIN_S):
                while await self._reader.read(_MAX_STARTUP_BYTES):
                    pass

    # -- startup

    async def _startup(self) -> dict[str, str] | None:
        """Read the startup packet; None for a cancel request, which is answered by closing."""
        while True:
            length, code = await self._read_header()
            body = await self._reader.readexactly(length - 8)
            if code == wire.CANCEL_REQUEST:
                session = self._cluster.sessions_by_key.get(body)
                if session is not None and self._cluster.settings.honours_cancel:
                    await session.backend.cancel()
                return None
            if code == wire.GSS_REQUEST:  # also over TLS: no
                self._client.write(b"N")
                continue
            if code >> 16 != 3:
                raise PgError("0A000", f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}")
            if code & 0xFFFF:  # newer minor version: offer 3.0
                self._client.write(wire.message(b"v", wire.PROTOCOL_3.to_bytes(4, "big") + bytes(4)))
            return wire.startup_parameters(body)

    async def _read_header(self) -> tuple[int, int]:
        head = await self._reader.readexactly(8)
        length, code = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
        if not 8 <= length <= _MAX_STARTUP_BYTES:
            raise ProtocolViolation("invalid length of startup packet")
        return length, code

    async def _authenticate(self, parameters: dict[str, str]) -> None:
        user = parameters.pop("user", "")
        database = parameters.pop("database", user)
        if not user:
            raise PgError("28000", "no PostgreSQL user name specified in startup packet")
        settings = _startup_settings(parameters, has_dialect=self._cluster.settings.has_dialect)
        self._client.write(wire.authentication(3))
        await self._client.drain()
        kind, body = await self._frames.one()
        if kind != b"p":
            raise ProtocolViolation("expected a password message")
        principal = self._door.verify(wire.decode(body.rstrip(b"\0")), user)
        if database != DATABASE:
            raise PgError("3D000", f'database "{database}" does not exist')
        await self._open_backend(user, principal.iam_arn, principal.arn, settings)

    async def _open_backend(self, user: str, iam_arn: str, arn: str, settings: dict[str, str]) -> None:
        session_id = str(uuid.uuid4())
        version = self._cluster.settings.server_version
        major, minor = version.split(".")
        number = f"{int(major) * 10_000 + int(minor):06}"
        options = (
            f"-c dsqltui.session_id={session_id} {_PRESET} "
            f"-c dsqltui.server_version={version} -c dsqltui.server_version_num={number} "
            f"-c dsqltui.max_connections={_TOLD_MAX_CONNECTIONS} "
            "-c dsqltui.default_toast_compression=lz4 -c dsqltui.cluster_name="
        )
        known = await self._cluster.ask(
            f"SELECT rolcanlogin, (SELECT array_agg(arn) FROM sys.iam_pg_role_mappings WHERE pg_role_name = rolname "
            f"AND arn = {literal(iam_arn)}) FROM pg_catalog.pg_roles WHERE rolname = {literal(user)}"
        )
        if user != ADMIN_USER and (not known or known[0][1] is None):
            raise denied(_NOT_MAPPED.format(arn=arn))
        if known[0][0] != "t":
            raise PgError("28000", f'role "{user}" is not permitted to log in')
        if len(self._cluster.neighbours) >= CLIENT_SESSIONS:  # PostgreSQL has room for fewer than Aurora DSQL
            raise TOO_MANY_CONNECTIONS.error()
        try:
            connect = partial(self._cluster.connect_as, user, options=options, **settings)
            backend = await connect()
        except PgError as error:
            if error.sqlstate == TOO_MANY_CONNECTIONS.sqlstate:
                raise TOO_MANY_CONNECTIONS.error() from None
            raise
        except OSError:  # PostgreSQL died and is being started again
            raise SERVER_UNAVAILABLE.error() from None
        self._executor = Executor(self._cluster, backend, user, self._client, self._frames, self._client.abort)
        self._executor.counters = self._cluster.counters.of(self._door.identifier)
        self._executor.reconnect = connect
        self._key = new_cancel_key()
        self._cluster.sessions_by_key[self._key] = self._executor
        self._cluster.neighbours.add(self._executor)
        told = backend.parameters | {
            "server_version": self._cluster.settings.server_version,
            "session_authorization": user,
            "is_superuser": "off",
        }
        self._client.write(
            wire.authentication(0)
            + b"".join(wire.parameter_status(name, value) for name, value in told.items())
            + wire.message(b"K", self._key)
            + wire.ready_for_query(b"I")
        )
        await self._client.drain()

    # -- queries

    async def _serve(self) -> None:
        executor = self._executor
        if executor is None:
            raise AssertionError("serving before authentication")
        own = OwnStatements(executor)
        simple, extended = SimpleQueries(executor, own), ExtendedQueries(executor, own)
        batch: list[Message] = []
        batch_bytes = 0
        log = self._cluster.messages
        number = log.session()
        while True:
            kind, body = await self._frames.one()
            log.note(number, self._door.region, executor.role, kind, body)
            if kind == b"Q":
                extended.forget_unnamed()
                await executor.running(simple.run(_query_text(body)))
            elif kind in b"PBDEC":
                batch.append((kind, body))
                batch_bytes += len(body)
                is_told_at_once = batch_bytes >= _BATCH_BYTES or (
                    # a client may wait for the error of a Parse; the answers to others may be kept until a Flush
                    kind == b"P" and not self._frames.has_more and all(earlier == b"P" for earlier, _ in batch)
                )
                if not is_told_at_once:
                    continue
                await executor.running(extended.handle(batch, is_sync=False))
                batch, batch_bytes = [], 0
                continue
            elif kind in b"HS":
                is_over = await executor.running(extended.handle(batch, is_sync=kind == b"S"))
                batch, batch_bytes = [], 0
                if not is_over:
                    await self._client.drain()
                    continue
            elif kind == b"X":
                return
            elif kind in b"dcf":  # the rest of a COPY that failed
                continue
            elif kind == b"F":
                self._client.write(PgError("0A000", "fastpath function calls are not supported").frame())
            else:
                raise ProtocolViolation(f"invalid frontend message type {kind[0]}")
            await executor.put_ddl_aside()
            self._client.write(wire.ready_for_query(executor.status))
            self._client.flush()
            await self._client.drain()
            if executor.is_worn:
                await renew(executor)


def _query_text(body: bytes) -> str:
    if not body.endswith(b"\0") or b"\0" in body[:-1]:
        raise ProtocolViolation("invalid string in message")
    return wire.decode(body[:-1])


def _startup_settings(parameters: dict[str, str], *, has_dialect: bool) -> dict[str, str]:
    """The session parameters a client asks for at connect, checked. Raises PgError."""
    asked: dict[str, str] = {}
    for name, value in parameters.items():
        if name == "options":
            asked |= _options(value)
        elif name != "replication" and not name.startswith("_pq_."):
            asked[name] = value
    settings: dict[str, str] = {}
    for name, value in asked.items():
        if name.lower() in ("amzn-cluster-id", "amzn_cluster_id"):  # says which cluster is meant behind PrivateLink
            continue
        if has_dialect:
            refusals.refuse_startup_parameter(name)
        if name.lower() in _PASSED_ON:
            settings[name] = value
        elif name.lower() in (SYNC_INDEX_PARAMETER, BITMAP_SCAN):
            if not is_boolean(value):
                raise NOT_BOOLEAN.error(name=name)
            settings[STAND_INS[name.lower()]] = value
    return settings


def _options(text: str) -> dict[str, str]:
    """`-c name=value` and `--name=value` of the options parameter; a backslash escapes a space."""
    words = [word.replace("\0", " ") for word in text.replace("\\ ", "\0").split()]
    found: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word == "-c" and words:
            word = words.pop(0)
        elif word.startswith("--") or word.startswith("-c"):
            word = word[2:]
        name, _, value = word.partition("=")
        found[name] = value
    return found
