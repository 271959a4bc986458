"""Hostile data in a real terminal: what is seen, and every byte that was sent."""

import re
import stat
from pathlib import Path

import pytest

from support.screens.painted import assert_harmless, console_in_terminal
from support.screens.terminal import Terminal

F1, F2, F4, F5, F8, F9, F12 = "\x1bOP", "\x1bOQ", "\x1bOS", "\x1b[15~", "\x1b[19~", "\x1b[20~", "\x1b[24~"
CTRL_P, CTRL_Q, CTRL_U, LEADER, ESCAPE = "\x10", "\x11", "\x15", "\x07", "\x1b"
END = "\x1b[F"
PASTE = "\x1b[200~", "\x1b[201~"


def run(running: Terminal, statement: str, *signs: str) -> None:
    """Type over the line, run it, wait for all the signs and for the rest of what is sent."""
    running.send(END + CTRL_U + statement + F5)
    running.wait_for(*signs)
    running.wait_until_quiet()


def leave(running: Terminal) -> None:
    running.send(CTRL_Q + CTRL_Q)
    assert running.wait_for_exit() == 0


def test_cells_names_and_a_value_of_10_mb() -> None:
    with console_in_terminal("hostile", columns=120) as running:
        run(running, "table t", "SELECT 5", "␛]52;c;UFdORUQ=␇ ␛[2J␛]0;PWNED␇")
        running.send(F4 + "\x1b[B\r")  # the large value in full
        markup = "[red]PWNED[/] [/nope] [@click=app.quit]PWNED[/]"
        running.wait_for("50,000 of", lambda text: markup in re.sub(r"\s*│\s*\n?\s*│?\s*", "", text))
        running.wait_until_quiet()  # the rows below it, which are more than is kept in memory, are not fetched for ever
        running.send("n" + F2)
        running.wait_for(lambda text: "50,000 of" not in text)
        assert_harmless(bytes(running.raw), since=b"table t")
        leave(running)


def test_two_hundred_columns_with_hostile_names() -> None:
    with console_in_terminal("hostile", columns=120) as running:
        run(running, "table w", "SELECT 1", "c0␛]52;c;")
        running.send(F4 + "\x1b[F")  # to the last column
        running.wait_for("c199")
        running.wait_until_quiet()
        assert_harmless(bytes(running.raw), since=b"table w")
        leave(running)


def test_errors_and_notices() -> None:
    with console_in_terminal("hostile", columns=120) as running:
        run(running, "table e", "42P01", "␛]52;c;UFdORUQ=␇")
        run(running, "table n", "NOTICE", "␛[2J")
        assert_harmless(bytes(running.raw), since=b"table e")
        leave(running)


def test_a_connection_that_fails_with_a_hostile_sentence_and_a_hostile_role() -> None:
    with console_in_terminal("hostile", columns=120) as running:
        running.wait_for("NOT CONNECTED  ␛]52;c;")
        running.send("\x1bOR")
        running.wait_for("28000")
        running.wait_until_quiet()
        assert_harmless(bytes(running.raw))
        leave(running)


def test_pasted_text_with_sequences_runs_nothing_and_sends_nothing() -> None:
    with console_in_terminal("plain", columns=120) as running:
        running.send(f"{PASTE[0]}select 1\n\x1b]52;c;UFdORUQ=\x07\x9b31m\u202eend\x00{PASTE[1]}")
        running.wait_for("end", "select 1")
        running.wait_until_quiet()
        assert "✓" not in running.text
        assert_harmless(bytes(running.raw))
        running.send(CTRL_Q)
        running.wait_until_quiet()
        running.send(CTRL_Q)
        assert running.wait_for_exit() == 0


def test_a_script_name_and_a_command_in_the_editor() -> None:
    with console_in_terminal("plain", columns=120) as running:
        run(running, r"\i select[/nope][red]", "does not exist")
        run(running, r"\x[/nope][@click=app.quit]", "✗")
        assert_harmless(bytes(running.raw))
        leave(running)


def test_history_snippets_and_the_palette(tmp_path: Path) -> None:
    folder = tmp_path / "snippets"
    folder.mkdir()
    (folder / "a\x1b[2J\u202e[red].sql").write_text(
        "-- [/nope] \x1b]0;PWNED\x07 \u202etitle\nselect '\x1b[2J\x9b31m[red]'"
    )
    (folder / "broken[nope]\x07.sql").write_bytes(b"\xff\xfe")
    with console_in_terminal("hostile", str(tmp_path), columns=120) as running:
        run(running, "table e", "42P01")
        run(running, "select '[/nope][red]'", "✓")
        running.send(F8)
        running.wait_for("✓ select '[/nope][red]'", "✗ table e")
        running.send("table")
        running.wait_for("42P01 ␛]52;c;UFdORUQ=␇")
        running.wait_until_quiet()
        running.send(ESCAPE)
        running.wait_for(lambda text: "Type to search" not in text and "History" not in text)
        running.send(LEADER + "so")
        running.wait_for("[/nope] ␛]0;PWNED␇ ‹U+202E›title", "select '␛[2J")
        running.send(ESCAPE)
        running.wait_for(lambda text: "PWNED␇ ‹U+202E›title" not in text)
        running.send(CTRL_P + "nope")
        running.wait_for("a␛[2J‹U+202E›[red].sql", "Snippet: [/nope] ␛]0;PWNED␇ ‹U+202E›title")
        running.wait_until_quiet()
        running.send("\r")
        running.wait_for("select '␛[2J�31m[red]'")  # in the editor with signs for its control characters
        running.wait_until_quiet()
        assert_harmless(bytes(running.raw), since=b"table e")
        leave(running)


def test_a_crash_prints_no_locals_leaves_the_terminal_usable_and_the_texts_saved(tmp_path: Path) -> None:
    with console_in_terminal("crashing", str(tmp_path), columns=120) as running:
        running.send("select 'survives'" + F12)
        assert running.wait_for_exit() == 1
        sent = bytes(running.raw)
        end = sent.rindex(b"\x1b[?1049l")
        assert b"\x1b[?25h" in sent  # the cursor is back
        for mode in (b"1000", b"1003", b"1006", b"2004"):
            assert sent.rindex(b"\x1b[?" + mode + b"l") > sent.rindex(b"\x1b[?" + mode + b"h")
        told = sent[end:]
        assert b"RuntimeError" in told
        assert b"internal error" in told
        assert b"s3cr3t" not in sent
        assert_harmless(sent)
    with console_in_terminal("plain", str(tmp_path), columns=120) as running:
        running.wait_for("select 'survives'", "Restored pane A")
        leave(running)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "buffers").iterdir())


@pytest.mark.parametrize("way", ["kill", "terminate", "hang up", "vanish"])
def test_a_killed_console_has_its_texts_again(tmp_path: Path, way: str) -> None:
    with console_in_terminal("plain", str(tmp_path), columns=120) as running:
        running.send("select 'survives'")
        running.wait_for("survives")
        if way == "kill":
            while not any("survives" in path.read_text() for path in (tmp_path / "buffers").glob("*.json")):
                running.bytes_within(0.05)
            running.kill()
        elif way == "terminate":
            running.terminate()
            assert running.wait_for_exit() == 128 + 15
            assert b"\x1b[?1049l" in running.raw
        else:
            running.hang_up(is_told=way == "hang up")
    with console_in_terminal("plain", str(tmp_path), columns=120) as running:
        running.wait_for("select 'survives'")
        leave(running)
