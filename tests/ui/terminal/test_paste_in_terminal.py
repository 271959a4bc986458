"""Pastes in a real terminal: intact, visible, powerless."""

from ui.terminal.test_in_terminal import F5, quit_cleanly, terminal

START, END = "\x1b[200~", "\x1b[201~"


def test_a_paste_of_many_lines_is_intact() -> None:
    with terminal("plain") as running:
        running.send(f"{START}select 1,\n\t2\n  from t;{END}")
        running.wait_for("from t;")
        running.wait_until_quiet()
        running.send(F5)
        lines = ("1  select 1,", "3    from t;")
        running.wait_for("✓ SELECT", lambda text: all(line in text.replace("▎", " ") for line in lines))
        quit_cleanly(running)


def test_pasted_escape_sequences_are_seen_and_press_no_key() -> None:
    with terminal("plain") as running:
        running.send(f"{START}select{F5}\x12 1{END}")
        running.wait_for("select␛[15~␒ 1")
        running.wait_until_quiet()
        assert "✓ SELECT" not in running.text
        running.send(F5)
        running.wait_for("Run the pasted text?")
        running.send("y")
        running.wait_for("✓ SELECT")
        quit_cleanly(running)


def test_a_key_that_comes_with_a_paste_does_not_run() -> None:
    with terminal("plain") as running:
        running.send(f"{START}select 1{END}{F5}")
        running.wait_for("Not run: the key came with a paste")
        running.wait_until_quiet()
        assert "✓ SELECT" not in running.text
        running.send(F5)
        running.wait_for("✓ SELECT")
        quit_cleanly(running)
