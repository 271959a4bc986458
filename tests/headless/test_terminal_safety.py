"""What reaches a terminal steers nothing; what goes to a pipe or a file is exact."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dsqltui.core.formats import Format, encoded, encoder
from dsqltui.core.results.outcome import Column
from dsqltui.core.text.safe_text import TerminalText, many_lines, one_line, terminal_text
from dsqltui.headless.output import Output
from dsqltui.headless.transcript import put
from dsqltui.runner.files.copy_files import CopyTarget
from dsqltui.runner.files.result_file import ResultFile
from support.headless import Headless
from support.long_cases import spread
from support.screens.terminal import Terminal

HOSTILE = (
    "\x1b]52;c;UFdORUQ=\x07\x1b]0;PWNED\x07\x1b[2J\x9b31m\x9d0;x\x9c\x00\x08\x7f\u202eabc\u2066\u200b\u200e\u2028x\u2029"
    "\U000e0041\U000e007f\ufeff\u00ad\r\x0b\x0c"
)
FLOOD = "a" + "\u0301" * 500 + "b" + "\u0e49" * 100 + "c" + "\u20dd\u0489" * 60
HARM = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e0fff]"
)


def in_terminal(*arguments: str, home: Path) -> tuple[int, bytes]:
    env = {"HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2] / "src"), "AWS_CONFIG_FILE": str(home / "no")}
    with Terminal([sys.executable, "-m", "dsqltui", *arguments], columns=200, env=env) as running:
        return running.wait_for_exit(), bytes(running.raw).replace(b"\r\n", b"\n")


@pytest.mark.parametrize("safe", [one_line, many_lines, terminal_text], ids=lambda it: it.__name__)
def test_nothing_harmful_is_left(safe: object) -> None:
    assert callable(safe)
    assert HARM.search(safe(HOSTILE).replace("\n", "")) is None


@pytest.mark.parametrize("safe", [one_line, many_lines, terminal_text], ids=lambda it: it.__name__)
def test_a_flood_of_marks_is_cut_and_ordinary_marks_stay(safe: object) -> None:
    assert callable(safe)
    calm = safe(FLOOD, 10_000) if safe is not terminal_text else safe(FLOOD)
    assert calm.startswith("a" + "\u0301" * 8 + "\ufffdb")
    assert len(calm) < 40
    for text in ("e\u0301\u0323", "ที่ปรึกษา", "שָׁלוֹם", "हिन्दी", "Việt", "ภาษาไทยสวัสดีครับ", "نُسَخٌ مُشَكَّلَةٌ"):
        assert safe(text) == text


def test_bytes_that_come_in_pieces_are_read_as_whole_characters() -> None:
    data = f"東京\t{HOSTILE}\n".encode()
    text = TerminalText()
    said = "".join(text.feed(data[at : at + 1]) for at in range(len(data))) + text.end()
    assert said.startswith("東京\t␛]52;c;UFdORUQ=␇")
    assert said.endswith("\n")
    assert HARM.search(said) is None
    assert TerminalText().feed(b"\xff\xe6\x9d") == "\ufffd"


def test_data_to_a_terminal_is_made_safe_and_to_a_file_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    try:
        with os.fdopen(os.dup(theirs), "w") as terminal:
            monkeypatch.setattr(sys, "stdout", terminal)
            output = Output()
            assert output.is_terminal
            output.write_bytes(HOSTILE.encode() + b"\n")
            output.write("a\tb" + HOSTILE + "\n")
            output.hold()
            output.write_bytes(b"\x1b[31mheld\n")
            output.keep()
            monkeypatch.undo()
        sent = os.read(ours, 65_536).decode().replace("\r\n", "\n")
    finally:
        os.close(ours)
        os.close(theirs)
    assert HARM.search(sent) is None
    assert "␛]52;c;UFdORUQ=␇" in sent
    assert "␛[31mheld" in sent
    file = Output(tmp_path / "out")
    file.write_bytes(HOSTILE.encode())
    file.keep()
    assert (tmp_path / "out").read_bytes() == HOSTILE.encode()


async def test_a_file_that_is_a_terminal_is_one(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        name = Path(os.ttyname(theirs))
        target = await CopyTarget.open(name)
        await target.write(HOSTILE.encode())
        await target.keep()
        await target.drop()
        result = await ResultFile.open(name)
        await result.write(HOSTILE)
        await result.close()
        sent = os.read(ours, 65_536).decode().replace("\r\n", "")
    finally:
        os.close(ours)
        os.close(theirs)
    assert sent.count("␛]52;c;UFdORUQ=␇") == 2
    assert HARM.search(sent) is None
    result = await ResultFile.open(tmp_path / "file")
    await result.write_bytes(HOSTILE.encode())
    await result.close()
    assert (tmp_path / "file").read_bytes() == HOSTILE.encode()


def test_the_transcript_is_safe_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    put(f"A> {HOSTILE}{FLOOD}")
    said = capsys.readouterr().out.removesuffix("\n")
    assert HARM.search(said) is None
    assert len(said.splitlines()) == 1


def test_a_table_in_a_pipe_holds_the_characters_themselves() -> None:
    text = "".join(encoded(encoder(Format.TABLE, (Column("a", 25),)), [("می\u200cخواهم\u200e",)]))
    assert "می\u200cخواهم\u200e" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-" + HOSTILE.replace("\0", ""),),
        ("exec", "--local", "-f", "/nowhere/" + HOSTILE.replace("\0", "")),
        ("exec", "--format", HOSTILE.replace("\0", "")),
        ("exec", "-v", HOSTILE.replace("\0", "")),
        ("token", "host." + HOSTILE.replace("\0", "")),
        ("connect", HOSTILE.replace("\0", "")),
        ("lab", "validate", "/nowhere/" + HOSTILE.replace("\0", "")),
        ("lab", "show", HOSTILE.replace("\0", "")),
        ("sim", "--fault", HOSTILE.replace("\0", "")),
        ("sim-faults", "--ready-file", "/nowhere/" + HOSTILE.replace("\0", "")),
        ("clusters", "show", HOSTILE.replace("\0", "")),
        ("doctor", HOSTILE.replace("\0", "")),
    ],
    ids=lambda it: " ".join(it[:-1]) or "unknown",
)
def test_arguments_and_file_names_in_messages_are_made_safe(arguments: tuple[str, ...], tmp_path: Path) -> None:
    status, sent = in_terminal(*arguments, home=tmp_path)
    assert status not in (0, 130)
    text = sent.decode()
    assert "PWNED" in text or arguments[0] == "sim"
    assert "Traceback" not in text
    assert HARM.search(text) is None


def test_a_config_file_in_a_hostile_folder(tmp_path: Path) -> None:
    folder = tmp_path / "x\x1b]0;PWNED\x07"
    (folder / "dsqltui").mkdir(parents=True)
    (folder / "dsqltui" / "config.toml").write_text("x = \x01")
    env = {"XDG_CONFIG_HOME": str(folder), "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    for command in (("config", "path"), ("config", "validate"), ("config", "show")):
        with Terminal([sys.executable, "-m", "dsqltui", *command], columns=200, env=env) as running:
            running.wait_for_exit()
            assert HARM.search(running.raw.decode().replace("\r\n", "\n")) is None
    done = subprocess.run(
        [sys.executable, "-m", "dsqltui", "config", "path"], env={**os.environ, **env}, capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == str(folder / "dsqltui" / "config.toml")  # exact in a pipe


HOSTILE_SQL = r"E'\x1b]52;c;UFdORUQ=\x07\x1b]0;PWNED\x07\u009b31m\u202eabc\u2028x\U000e0041' || repeat(E'\u0301', 300)"


STEERING = (
    f"copy (select {HOSTILE_SQL}) to stdout",
    f"\\copy (select {HOSTILE_SQL}) to stdout",
    f"copy (select {HOSTILE_SQL}) to stdout (format csv)",
    f"select {HOSTILE_SQL}",
    f"select {HOSTILE_SQL} \\gx",
    'select 1 as "\x1b]0;PWNED\x07\u202e"',
    f"select ({HOSTILE_SQL})::int",
    "\\echo \x1b]0;PWNED\x07\u202e",
    "\\warn \x1b]0;PWNED\x07\u202e",
    "\\i '/nowhere/\x1b]0;PWNED\x07'",
    "\\nope\x1b]0;PWNED\x07",
    "\\o /dev/tty\nselect " + HOSTILE_SQL,
)
WAYS = ("exec", "--plain")


@pytest.mark.parametrize(
    ("sql", "way"),
    spread([(sql, way) for n, sql in enumerate(STEERING) for way in (WAYS[n % 2], WAYS[1 - n % 2])], 2),
)
def test_the_server_and_the_script_steer_no_terminal(headless: Headless, sql: str, way: str) -> None:
    script = headless.folder / ("s.sql" if way == "--plain" else "s\x1b]0;PWNED\x07.sql")
    script.write_text(sql + ("\n" if sql.startswith("\\") else ";\n"))
    arguments = ["exec", "--local", "-f", str(script)] if way == "exec" else ["--local", "--plain"]
    argv = [sys.executable, "-m", "dsqltui", *arguments]
    with Terminal(argv, columns=200, env={**headless.environment, "TERM": "xterm"}) as running:
        before = 0
        if way == "--plain":
            running.wait_for("A=> ")
            before = len(running.raw)
            running.send(f"\\i {script}\n")
            running.wait_for("\\i ", lambda screen: screen.rstrip().rpartition("\n")[2] in ("A=>", "A=*>", "A=!>"))
            running.send("\\q\n")
        running.wait_for_exit()
        sent = bytes(running.raw[before:]).decode().replace("\r\n", "\n")
    sent = sent.replace("\x1b[?2004h", "").replace("\x1b[?2004l", "")  # readline's own
    assert HARM.search(sent.replace("\r", "")) is None, sent


def test_what_copy_sends_is_exact_in_a_pipe(headless: Headless) -> None:
    done = headless.exec("-c", r"copy (select E'\x1b]0;PWNED\x07\u202e\u200c') to stdout")
    assert done.out == "\x1b]0;PWNED\x07\u202e\u200c\n"
    done = headless.exec("-c", r"select E'می\u200cخواهم' as a", "--format", "csv")
    assert done.out == "a\nمی\u200cخواهم\n"
