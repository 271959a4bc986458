"""How few bytes a key costs; the figures of a whole statement are printed by tests/benchmarks/typing_cost.py."""

import pytest

from ui.test_in_terminal import F3, quit_cleanly, terminal

SHIFT_F6 = "\x1b[17;2~"


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_a_letter_in_the_mirror_costs_few_bytes_and_idling_none(columns: int, rows: int) -> None:
    with terminal("plain", columns=columns, rows=rows) as running:
        running.send(SHIFT_F6 * 2)
        running.wait_for("Mirror")
        running.wait_for("A = B")  # the notice is gone
        running.send("select 1")
        running.wait_for("select 1")
        running.wait_until_quiet(1.5)  # what the pause after typing brings, on a busy machine too
        for letter in "23":
            before = len(running.raw)
            running.send(letter)
            running.wait_for("select 123"[: 8 + int(letter) - 1])
            running.wait_until_quiet()
            assert len(running.raw) - before < 150, bytes(running.raw[before:])
        assert running.bytes_within(1.0) == 0
        running.send(F3)
        running.wait_for("select 123")
        quit_cleanly(running)
