"""Whatever a server sends: an outcome, or ConnectFailed in a sentence; the session can be used again afterwards."""

import asyncio
import contextlib
import gc
import random
import ssl
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dsqltui.client import connecting
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.core.aws.diagnosis import diagnose
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.outcome import Done, Lost, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import ConnectFailed, Page
from dsqltui.sim.protocol.tls import ca_file, server_context
from support.fuzzing import dice, has_traceback, mutated, seeds
from support.servers.loopback import all_gone
from support.servers.plain_postgres import FakeTokens

pytestmark = [
    pytest.mark.timeout(1_200),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""The playing server breaks its connections off in every way, of which asyncio complains."""
HOST = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws"


def message(kind: bytes, body: bytes, length: int | None = None) -> bytes:
    return kind + struct.pack("!i", len(body) + 4 if length is None else length) + body


def fields(**values: str) -> bytes:
    return b"".join(name[:1].encode() + value.encode() + b"\0" for name, value in values.items()) + b"\0"


AUTHENTICATED = message(b"R", struct.pack("!i", 0))
CLEARTEXT = message(b"R", struct.pack("!i", 3))
STATUS = message(b"S", b"server_version\00016.9\0") + message(b"S", b"client_encoding\0UTF8\0")
KEY = message(b"K", struct.pack("!ii", 7, 7))
READY, IN_TRANSACTION, FAILED = (message(b"Z", state) for state in (b"I", b"T", b"E"))
ERROR = message(b"E", fields(S="ERROR", V="ERROR", C="42601", M="syntax error", P="3"))
FATAL = message(b"E", fields(S="FATAL", V="FATAL", C="08006", M="unable to accept connection, access denied"))
NOTICE = message(b"N", fields(S="NOTICE", V="NOTICE", C="00000", M="hello"))
COLUMNS = message(b"T", struct.pack("!h", 1) + b"x\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0))
NO_COLUMNS = message(b"T", struct.pack("!h", 0))
ROW = message(b"D", struct.pack("!hi", 1, 2) + b"ab")
NULL_ROW = message(b"D", struct.pack("!hi", 1, -1))
TAG = message(b"C", b"SELECT 1\0")
COPY_IN, COPY_OUT = (message(kind, struct.pack("!bhh", 0, 1, 0)) for kind in (b"G", b"H"))
ANSWERS = (
    (COLUMNS, ROW, NULL_ROW, TAG), (ERROR,), (NOTICE, TAG), (COLUMNS, ERROR), (FATAL,), (NO_COLUMNS, TAG), (COPY_IN,),
    (COPY_OUT, message(b"d", b"1\n"), message(b"c", b""), TAG), (message(b"I", b""),), (COLUMNS, *[ROW] * 20, TAG),
)  # fmt: skip
LOGIN = (CLEARTEXT, AUTHENTICATED, STATUS + KEY, READY)
PIECES = (
    AUTHENTICATED, CLEARTEXT, STATUS, KEY, READY, IN_TRANSACTION, FAILED, ERROR, FATAL, NOTICE, COLUMNS, NO_COLUMNS, ROW,
    NULL_ROW, TAG, COPY_IN, COPY_OUT, message(b"d", b"1\n"), message(b"c", b""), message(b"I", b""), message(b"1", b""),
    message(b"2", b""), message(b"n", b""), message(b"s", b""), message(b"E", b"\0"), message(b"E", b""),
    message(b"N", b"\0"), message(b"E", fields(M="no severity")), message(b"E", fields(S="ERROR", P="nonsense", M="\u202e")),
    message(b"v", struct.pack("!ii", 0, 0)), message(b"R", struct.pack("!i", 99)), message(b"R", struct.pack("!i", 10) + b"X\0\0"),
    message(b"\x00", b""), message(b"?", b"x" * 100), message(b"D", struct.pack("!h", 5)), message(b"T", struct.pack("!h", 999)),
    message(b"D", b"", 2**31 - 1), message(b"T", b"", -1), message(b"Z", b"", 0), message(b"A", struct.pack("!i", 1) + b"a\0b\0"),
    message(b"S", b"client_encoding\0LATIN1\0"), message(b"S", b"x"), message(b"C", b"\xff\xfe\0"), message(b"Z", b"?"),
    message(b"D", struct.pack("!hi", 1, 2) + b"\xff\xfe"), message(b"V", struct.pack("!i", -1)), message(b"W", b"\0\0\0"),
    message(b"t", struct.pack("!h", 0)), b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 20, b"",
)  # fmt: skip


class Server:
    """Plays one case after the other to whoever connects."""

    def __init__(self) -> None:
        self.rng = random.Random(0)
        self.logs_in = True
        self.count = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            try:
                await self._play(reader, writer)
            finally:
                if self.rng.random() < 0.3:
                    writer.transport.abort()
                writer.close()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rng = self.rng
        (size,) = struct.unpack("!i", await reader.readexactly(4))
        await reader.readexactly(max(0, min(size - 4, 10_000)))
        for step in LOGIN:
            if not self.logs_in and rng.random() < 0.3:
                writer.write(_odd(rng))
                if rng.random() < 0.5:
                    return
            writer.write(step)
            if step is CLEARTEXT:
                await reader.read(10_000)
        while await reader.read(10_000):
            pieces = list(rng.choice(ANSWERS))
            for _ in range(rng.choice((0, 0, 1, 1, 3))):
                pieces.insert(rng.randrange(len(pieces) + 1), _odd(rng))
            writer.writelines(pieces)
            if rng.random() < 0.8:
                writer.write(rng.choice((READY, READY, IN_TRANSACTION, FAILED)))
            await writer.drain()
            if rng.random() < 0.4:
                return


def _odd(rng: random.Random) -> bytes:
    piece = rng.choice(PIECES)
    match rng.randrange(6):
        case 0:
            return mutated(rng, piece) if piece else b""
        case 1:
            return piece[: rng.randint(0, len(piece))]
        case 2 if rng.random() < 0.2:
            return rng.randbytes(rng.randint(1, 200))
        case _:
            return piece


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[Server, Endpoint]]:
    context = server_context(tmp_path, [HOST])
    playing = Server()
    listening = await asyncio.start_server(playing.serve, "127.0.0.1", 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    yield playing, Endpoint(HOST, "us-east-1", port, "127.0.0.1", str(ca_file(tmp_path)))
    listening.close()
    await all_gone(listening)


@seeds(quick=100, long=2_400, piece=400)
async def test_whatever_comes(
    cases: range, server: tuple[Server, Endpoint], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "CONNECT_TIMEOUT_S", 2)
    playing, endpoint = server
    met: dict[str, int] = {}
    for seed in cases:
        playing.rng, playing.logs_in = dice(seed, "wire"), seed % 3 != 0
        session = PgSession(engine, endpoint, "admin", FakeTokens("(no token)"))
        try:
            async with asyncio.timeout(30):
                for name in await _used(session, playing.rng):
                    met[name] = met.get(name, 0) + 1
        except Exception as problem:
            problem.add_note(f"seed {seed}")
            raise
        finally:
            await session.close()
        assert session.state is TransactionState.NONE
    assert playing.count >= len(cases)
    assert {"ConnectFailed", "Lost", "Refused"} <= {*met}, met


async def _used(session: PgSession, rng: random.Random) -> list[str]:
    """Connect and run a few things; what became of them, by name."""
    try:
        await session.connect()
    except ConnectFailed as failure:
        told = f"{failure}{diagnose(failure.symptom) if failure.symptom else ''}"
        assert len(str(failure)) > 20
        assert not has_traceback(told)
        assert failure.__context__ is None
        return ["ConnectFailed"]
    met = []
    for _ in range(3):
        outcome: Any
        waiting = asyncio.ensure_future(_run(session, rng))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        if not done:  # it waits for more, as it should: the person drops the connection
            await session.close()
        outcome = await waiting
        assert isinstance(outcome, Rows | Done | Refused | Lost | Page), outcome
        met.append(type(outcome).__name__)
        if isinstance(outcome, Lost):
            assert outcome.reason
            assert not has_traceback(outcome.reason)
            assert session.state is TransactionState.NONE
            break
    return met


async def _run(session: PgSession, rng: random.Random) -> object:
    match rng.randrange(4):
        case 0:
            return await session.query("select $1", ["x"], limit=5)
        case 1:
            outcome = await session.run("select 1", limit=1)
            return await session.more(5) if isinstance(outcome, Rows) and outcome.has_more else outcome
        case 2:
            return await session.run("copy t from stdin", limit=1, copy_data="1\n2\n")
        case _:
            return await session.run(rng.choice(("begin", "commit", "select 1", "")), limit=10)


@pytest.fixture
def engine() -> Any:
    with Engine() as engine:
        yield engine


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"E\0\0\0\x20SFATAL\0C08006\0Mplain text\0\0",
        b"\x15\x03\x03\0\x02\x02\x28",
        b"\x16\x03\x03\xff\xff",
        None,
    ],
    ids=str,
)
async def test_a_port_that_is_no_cluster_s(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: bytes | None
) -> None:
    """Without TLS: something else answers, or nothing ever does (None)."""
    monkeypatch.setattr(connecting, "CONNECT_TIMEOUT_S", 2)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if said is None:
            await reader.read()
        else:
            writer.write(said)
            await writer.drain()
        writer.close()

    server_context(tmp_path, [HOST])
    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    endpoint = Endpoint(HOST, "us-east-1", port, "127.0.0.1", str(ca_file(tmp_path)))
    session = PgSession(engine, endpoint, "admin", FakeTokens("(no token)"))
    with pytest.raises(ConnectFailed) as caught:
        await session.connect()
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert caught.value.symptom is not None
    assert diagnose(caught.value.symptom) is not None, caught.value.symptom
    del caught  # its traceback holds the attempt, whose socket is closed when nobody has it any more
    gc.collect()
    listening.close()
    await all_gone(listening)
