"""The file that tells what clients sent."""

import json
from pathlib import Path

from dsqltui.sim.pg.message_log import MessageLog
from support.servers.simulator import running_simulator


def test_what_clients_sent_is_in_the_file(tmp_path: Path) -> None:
    log = tmp_path / "messages.jsonl"
    with running_simulator(tmp_path, "--ephemeral", "--log-messages", str(log)) as simulator:
        with simulator.connect() as one:
            one.execute("select 'é'")
            one.execute("select %s::int, %s::text", (1, None))
        with simulator.connect(1) as other:
            other.execute("select 2")
    assert log.stat().st_mode & 0o777 == 0o600
    first, prepared, bound, second = [json.loads(line) for line in log.read_text().splitlines()]
    region = simulator.endpoints[0].region
    assert first == {"session": 1, "region": region, "user": "admin", "message": "query", "sql": "select 'é'"}
    assert (prepared["message"], prepared["name"], prepared["sql"]) == ("parse", "", "select $1::int, $2::text")
    assert (bound["message"], bound["values"][1]) == ("bind", None)
    assert (second["session"], second["region"]) == (2, simulator.endpoints[1].region)


def test_messages_that_are_malformed_or_no_text_are_no_trouble(tmp_path: Path) -> None:
    log = MessageLog(tmp_path / "m.jsonl")
    log.note(1, "r", "u", b"Q", b"select '\xe9'\0")
    log.note(1, "r", "u", b"B", b"\0")
    log.note(1, "r", "u", b"B", b"\0\0" + bytes(2) + b"\0\1" + b"\0\0\0\1\xff")
    log.note(1, "r", "u", b"S", b"")
    log.close()
    lines = [json.loads(line) for line in (tmp_path / "m.jsonl").read_text().splitlines()]
    assert lines[0]["sql"] == "select '\udce9'"
    assert [line["values"] for line in lines[1:]] == [[], ["ff"]]
