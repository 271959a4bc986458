"""`dsqltui --plain`: both panes as lines, piped and in a terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import time

from support.headless import Headless
from support.servers.simulator import RunningSimulator


def lines_after(text: str, prompt: str) -> list[str]:
    """What stands between the line of that input and the next prompt."""
    lines = text.splitlines()
    start = lines.index(prompt) + 1
    end = next((at for at in range(start, len(lines)) if "> " in lines[at][:9] and "=" in lines[at][:7]), len(lines))
    return lines[start:end]


def test_a_conflict_as_a_transcript(headless: Headless) -> None:
    done = headless.run(
        "--plain",
        "--local",
        stdin="""create table public.plain_t (id int primary key, v text);
insert into public.plain_t values (1, 'one');
b: select v from public.plain_t;
begin;
update public.plain_t
  set v = 'A' where id = 1;
\\b
begin; update public.plain_t set v = 'B' where id = 1; commit;
\\a
commit;
\\both
select v from public.plain_t;
""",
    )
    out = done.out
    assert done.err == ""
    assert lines_after(out, "A=> b: select v from public.plain_t;") == [
        "B>   v",
        "B> -----",
        "B>  one",
        "B> (1 row)",
        "B>",
    ]
    assert lines_after(out, "A=> begin;") == ["A> BEGIN", "A> A transaction is open."]
    assert "A=*> update public.plain_t\nA->   set v = 'A' where id = 1;\nA> UPDATE 1\n" in out
    assert lines_after(out, "A=*> commit;") == [
        "A> ERROR 40001 OC000: change conflicts with another transaction (OC000)",
        "A> Nothing was saved. Run the whole transaction again from BEGIN: it will see the newer data.",
        "A> No transaction is open.",
    ]
    both = lines_after(out, "A=B=> select v from public.plain_t;")
    assert both == [f"{letter}>{text}" for letter in "AB" for text in ("  v", " ---", "  B", " (1 row)", "")]
    assert done.code == 4


def test_pages_errors_and_copy(headless: Headless) -> None:
    done = headless.run(
        "--plain",
        "--local",
        "--rows",
        "2",
        stdin="select g from generate_series(1, 3) g;\n\\more\n\\more\n\\nonsense\nselect nope;\n\\copy (select 1, 2) to stdout csv\n\\?\nselect 5",
    )
    assert (
        lines_after(done.out, "A=> select g from generate_series(1, 3) g;")[-1]
        == "A> More rows exist; \\more shows them."
    )
    more = done.out.split("A=> \\more\n")
    assert "A>  3\n" in more[1]
    assert more[2].startswith("A> There are no more rows.\n")
    assert "A> There is no command \\nonsense; " in done.out
    assert lines_after(done.out, "A=> select nope;")[0] == 'A> ERROR 42703: column "nope" does not exist'
    assert lines_after(done.out, "A=> \\copy (select 1, 2) to stdout csv") == ["A> 1,2", "A> COPY 1"]
    assert "\\both" in done.out
    assert "A>         5\n" in done.out, "what has no semicolon is run at the end"
    assert done.code == 1


def test_a_lost_connection_is_said_and_reopened(headless: Headless, simulator: RunningSimulator) -> None:
    """A Region that cannot be reached, and comes back."""
    with headless.start("--plain", "--local") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("begin;\nselect sys.current_session_id() as me;\n")
        process.stdin.flush()
        told = ""
        while "(1 row)" not in told:
            told += process.stdout.readline()
        change_fault(simulator, "unreachable=us-east-1")
        try:
            process.stdin.write("select 1;\n\\b\nselect 2 as two;\n")
            process.stdin.flush()
            while "(1 row)" not in told.partition("Now to B.")[2]:
                told += process.stdout.readline()
        finally:
            change_fault(simulator, "unreachable=default")
        out, _ = process.communicate("\\a\nselect 3 as three;\n\\reconnect\nselect 4 as four;\n", timeout=60)
    told += out
    assert "A> CONNECTION LOST: " in told
    assert "A> The open transaction was rolled back" in told
    assert "A> The connection is gone; \\reconnect opens it again." in told
    assert "B>  two" in told
    assert "A> There is no connection and nothing was sent" in told
    assert "A>  four" in told
    assert process.returncode == 3


def change_fault(simulator: RunningSimulator, change: str) -> None:
    """What `dsqltui sim-faults` does."""
    from dsqltui.sim.aws.control_client import ControlClient
    from dsqltui.sim.faults.faults import parse_changes

    ControlClient.from_ready(simulator.ready).change_faults(parse_changes([change]))


def test_ctrl_c_in_a_terminal(headless: Headless) -> None:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dsqltui", "--plain", "--local"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**headless.environment, "TERM": "dumb"},
        start_new_session=True,
        cwd=headless.folder,
    )
    os.close(terminal)
    seen = b""

    def until(words: bytes) -> None:
        nonlocal seen
        deadline = time.monotonic() + 90
        while words not in seen:
            assert time.monotonic() < deadline, seen
            seen += os.read(controller, 4096)

    def read_until_quiet() -> None:
        nonlocal seen
        while select.select([controller], [], [], 1.0)[0]:
            seen += os.read(controller, 4096)

    try:
        until(b"A=> ")
        os.write(controller, b"select 1 as tick \\watch 0.1\n")
        while seen.count(b"A>  tick") < 3:
            seen += os.read(controller, 4096)
        process.send_signal(signal.SIGINT)
        until(b"you stopped it.")
        read_until_quiet()
        deadline = time.monotonic() + 90
        while b"CONNECTION LOST" not in seen:  # the first Ctrl+C asks, the second drops
            assert time.monotonic() < deadline, seen[-600:]
            if seen.endswith(b"A=> "):  # not begun yet, or Ctrl+C came before it had begun
                os.write(controller, b"select pg_sleep(300);\n")
                until(b"pg_sleep(300);\r\n")
                read_until_quiet()
            process.send_signal(signal.SIGINT)
            read_until_quiet()
        until(b"A?> ")
        os.write(controller, b"\\reconnect\n")
        until(b"A=> ")
        os.write(controller, b"\\q\n")
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(controller)
