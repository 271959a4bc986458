"""The simulator's login to its PostgreSQL, against a real one."""

from pathlib import Path

import pytest

from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.scram import ScramClient, new_secret, verifier
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.postgres.postgres import Postgres


def environment_of(pid: int) -> set[bytes]:
    """The names in a process's environment, where the system shows it."""
    file = Path(f"/proc/{pid}/environ")
    entries = file.read_bytes().split(b"\0") if file.exists() else []
    return {entry.partition(b"=")[0] for entry in entries if entry}


async def test_only_who_knows_the_secret_of_this_start_comes_in(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "pg")
    secrets = []
    for _ in range(2):
        await postgres.start()
        try:
            secrets.append(postgres.secret)
            backend = await Backend.connect(postgres.socket_path, "postgres", "postgres", secret=postgres.secret)
            assert await backend.query("SELECT current_user") == [("postgres",)]
            backend.close()
            for wrong in ("", new_secret(), *secrets[:-1]):
                with pytest.raises(PgError, match="password authentication failed"):
                    await Backend.connect(postgres.socket_path, "postgres", "postgres", secret=wrong)
            assert postgres.pid is not None
            assert environment_of(postgres.pid) <= {
                b"PATH",
                b"LC_ALL",
                b"LD_LIBRARY_PATH",
                b"PGDATA",
                b"PG_OOM_ADJUST_FILE",
            }
        finally:
            await postgres.stop()
    assert secrets[0] != secrets[1]


def test_a_server_that_does_not_know_the_secret_is_found_out() -> None:
    client = ScramClient(new_secret())
    nonce = client.first_message.rpartition(b"r=")[2]
    client.final_message(b"r=" + nonce + b"more,s=c2FsdA==,i=1")
    with pytest.raises(ValueError, match="does not know"):
        client.check(b"v=" + b"A" * 43 + b"=")
    with pytest.raises(ValueError, match="does not continue"):
        client.final_message(b"r=other,s=c2FsdA==,i=1")


def test_a_verifier_tells_nothing_of_the_secret() -> None:
    secret = new_secret()
    assert secret not in verifier(secret)
    assert verifier(secret).startswith("SCRAM-SHA-256$")
