"""What a person wrote is sent exactly, or not at all and said so: `exec` and `--plain` on a real simulator."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsqltui.commands.program import cli
from support.headless import Ended, Headless
from support.servers.simulator import RunningSimulator

Run = Callable[..., Ended]


@pytest.fixture
def run(simulator: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`dsqltui ARGUMENTS` in this process and a folder of its own."""
    where = tmp_path / "data" / "dsqltui" / "simulator"
    where.mkdir(parents=True)
    (where / "ready.json").write_text(json.dumps(simulator.ready))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: bytes = b"") -> Ended:
        done = CliRunner().invoke(cli, arguments, input=stdin, catch_exceptions=False)
        return Ended(done.exit_code, done.stdout, done.stderr)

    return run


LATIN_1 = "select 1 as a;\nselect 'naïve' as b;\n".encode("latin-1")
PLACE = "line 2, byte 11 (offset 25): 0xef is not UTF-8 text, and nothing was sent; save it as UTF-8."


@pytest.mark.parametrize("way", ["stdin", "file", "include"])
def test_what_is_not_utf_8_is_refused_with_its_place(run: Run, tmp_path: Path, way: str) -> None:
    (tmp_path / "latin.sql").write_bytes(LATIN_1)
    if way == "stdin":
        done, name, code = run("exec", "--local", stdin=LATIN_1), "standard input", 2
    elif way == "file":
        done, name, code = run("exec", "--local", "-f", "latin.sql"), "latin.sql", 2
    else:
        done, name, code = run("exec", "--local", "-c", "\\i latin.sql"), str(tmp_path / "latin.sql"), 1
    assert (done.code, done.out) == (code, "")
    assert f"{name}, {PLACE}" in " ".join(done.err.split("\n"))


def test_plain_stops_at_what_is_not_utf_8(run: Run) -> None:
    done = run("--plain", "--local", stdin=b"select 1 as a;\nselect 2\n as b, 'na\xefve' as c;\nselect 3 as d;\n")
    assert done.code == 1
    assert "standard input, line 3, byte 11 (offset 10): 0xef is not UTF-8 text" in done.out
    assert "The statement that was not finished was not sent." in done.out
    assert "A>  a" in done.out
    assert "A>  d" not in done.out


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("way", ["stdin", "file", "plain"])
def test_marks_of_the_byte_order_are_understood(run: Run, tmp_path: Path, encoding: str, way: str) -> None:
    mark = "" if encoding == "utf-8-sig" else "\ufeff"
    data = f"{mark}select 'é日' as a;\nselect 2 as b;\n".encode(encoding)
    (tmp_path / "s.sql").write_bytes(data)
    if way == "plain":
        out = run("--plain", "--local", stdin=data).out
        assert "A>  é日" in out
        assert "A>  2" in out.splitlines()
        return
    done = run("exec", "--local", "-q", *(["-f", "s.sql"] if way == "file" else []), stdin=data)
    assert (done.code, done.out) == (0, "  a  \n-----\n é日\n(1 row)\n\n b \n---\n 2\n(1 row)\n\n"), done


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"select 1;\nselect '\0';", "line 2: a NUL character stands there"),
        ("select 1;".encode("utf-16-le"), "looks like UTF-16 without a byte order mark"),
        ("\ufeffselect 1;".encode("utf-32-le"), "is UTF-32 text"),
        (b"\xff\xfes\0e", "standard input"),
        (b"\xff\xfes", "is not UTF-16 text"),
    ],
)
def test_other_bytes_are_refused_with_a_sentence(run: Run, data: bytes, told: str) -> None:
    done = run("exec", "--local", stdin=data)
    assert done.code != 0
    assert told in done.err
    assert done.out == ""


def test_a_transaction_that_is_left_open_is_named(run: Run, simulator: RunningSimulator) -> None:
    with simulator.connect() as connection:
        connection.execute("create table public.left_open (id int primary key)")
        for arguments, stdin in (
            (("exec", "--local", "-c", "begin", "-c", "insert into public.left_open values (1)"), b""),
            (("exec", "--local", "-v", "AUTOCOMMIT=off", "-c", "insert into public.left_open values (1)"), b""),
            (("--plain", "--local"), b"begin;\ninsert into public.left_open values (1);\n"),
            (("--plain", "--local"), b"begin;\ninsert into public.left_open values (1);\n\\q\n"),
        ):
            done = run(*arguments, stdin=stdin)
            assert done.code == 1
            assert "was rolled back: nothing of it was saved." in done.err + done.out
        assert connection.execute("select count(*) from public.left_open").fetchone() == (0,)
        connection.execute("drop table public.left_open")


@pytest.mark.parametrize("way", ["exec", "plain"])
def test_commit_of_a_failed_transaction_is_no_success(run: Run, way: str) -> None:
    script = b"\\set ON_ERROR_STOP off\nbegin;\nselect nope;\ncommit;\n"
    done = run(*(("exec", "--local") if way == "exec" else ("--plain", "--local")), stdin=script)
    assert done.code == 1
    told = done.err + done.out
    assert "COMMIT was answered with ROLLBACK: the transaction had failed, and nothing of it was saved." in told
    assert "\nROLLBACK\n" not in told


def test_autocommit_off_begins_by_itself(run: Run) -> None:
    script = (
        "\\set AUTOCOMMIT off\ncreate table public.ac (id int);\ncommit;\ninsert into public.ac values (1);\n"
        "rollback;\nselect count(*) as n from public.ac;\ncommit;\ndrop table public.ac;\ncommit;\n"
    )
    done = run("exec", "--local", stdin=script.encode())
    assert (done.code, done.out) == (0, " n \n---\n 0\n(1 row)\n\n")
    assert "BEGIN" not in done.err


@pytest.mark.parametrize(
    ("assignment", "told"),
    [
        ("AUTOCOMMIT=maybe", 'unrecognized value "maybe" for "AUTOCOMMIT"'),
        ("ON_ERROR_ROLLBACK=on", "Aurora DSQL has none"),
        ("ON_ERROR_ROLLBACK=interactive", "Aurora DSQL has none"),
        ("SINGLELINE=1", "SINGLELINE cannot be on"),
        ("SINGLESTEP=on", "SINGLESTEP cannot be on"),
        ("ECHO=loud", 'unrecognized value "loud" for "ECHO"'),
        ("ECHO_HIDDEN=on", "ECHO_HIDDEN cannot show psql's queries"),
        ("VERBOSITY=chatty", 'unrecognized value "chatty" for "VERBOSITY"'),
        ("FETCH_COUNT=many", "a number is expected"),
        ("ENCODING=LATIN1", "UTF8 only"),
    ],
)
def test_variables_that_cannot_be_are_wrong_usage_and_failures(run: Run, assignment: str, told: str) -> None:
    done = run("exec", "--local", "-v", assignment, "-c", "select 1")
    assert (done.code, done.out) == (2, "")
    assert told in " ".join(done.err.split())
    name, _, value = assignment.partition("=")
    done = run("exec", "--local", stdin=f"\\set {name} {value}\nselect 1;".encode())
    assert (done.code, done.out) == (1, "")
    assert told in done.err


def test_errors_are_told_as_verbosely_as_asked(run: Run) -> None:
    def told(*settings: str) -> list[str]:
        script = "".join(f"\\set {setting}\n" for setting in settings) + "select nope;"
        return run("exec", "--local", stdin=script.encode()).err.splitlines()

    line = 'ERROR 42703: column "nope" does not exist'
    assert told("VERBOSITY default")[0] == f"line 2: {line}"
    assert told("VERBOSITY terse") == [f"line 2: {line} at character 8"]
    assert told("VERBOSITY sqlstate") == ["line 2: ERROR 42703"]
    assert told("ECHO errors")[-1] == "STATEMENT:  select nope"
    done = run("exec", "--local", stdin=b"\\set QUIET on\n\\x\nbegin;\nrollback;\n")
    assert (done.code, done.err) == (0, "")


def test_words_without_a_backslash_in_plain(run: Run) -> None:
    for word in ("exit", "quit", "EXIT;", "quit  "):
        done = run("--plain", "--local", stdin=f"{word}\nselect 1 as a;\n".encode())
        assert (done.code, "A>  a" in done.out) == (0, False)
    done = run("--plain", "--local", stdin=b"help\nselect 1 as a;\n")
    assert "\\gset [PREFIX] \\gexec" in done.out
    assert "A>  a" in done.out
    done = run("--plain", "--local", stdin=b"select 'x\nquit\n' as a, 1 as\nexit\n;\n")
    assert "Use Ctrl+D to quit." in done.out
    assert "Use \\q to quit." in done.out
    assert "A>  x" in done.out
    done = run("--plain", "--local", stdin=b" exit;\n")
    assert "ERROR 42601" in done.out


def test_commands_within_a_statement_in_plain(run: Run) -> None:
    done = run("--plain", "--local", stdin=b"select 1\n\\p\n\\set n 2\n+ :n as a\n\\r\nselect 5 as b;\n")
    lines = done.out.splitlines()
    assert lines[lines.index("A-> \\p") + 1] == "A> select 1"
    assert "A> Query buffer reset (cleared)." in lines
    assert "A>  b" in lines
    assert done.code == 0
    done = run("--plain", "--local", stdin=b"delete from nowhere\n\\q\nwhere true;\n")
    assert done.code == 0
    assert "ERROR" not in done.out


def test_what_was_said_to_be_in_a_file_is_there_at_once(headless: Headless, tmp_path: Path) -> None:
    (tmp_path / "s.sql").write_text("\\o f.txt\nselect 1 as a;\n\\warn written\nselect 2 \\watch 1\n")
    with headless.start("exec", "--local", "-f", "s.sql") as process:
        assert process.stderr is not None
        while "written" not in (line := process.stderr.readline()):
            assert line, "it ended before it wrote"
        assert (tmp_path / "f.txt").read_text().startswith(" a \n---\n 1\n(1 row)\n\n")
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
    assert (tmp_path / "f.txt").read_text().startswith(" a \n---\n 1\n(1 row)\n\n")


def test_output_to_a_file_by_several_commands(run: Run, tmp_path: Path) -> None:
    done = run("exec", "--local", "-c", "\\o f.txt", "-c", "select 1 as a", "-c", "copy (select 7) to stdout")
    assert (done.code, done.out) == (0, "")
    assert (tmp_path / "f.txt").read_text() == " a \n---\n 1\n(1 row)\n\n7\n"


def test_the_context_of_an_error_is_told_unless_it_is_not_wanted(run: Run) -> None:
    script = "copy (select 1) to stdout;\ncreate table public.ctx (id int);\ncopy public.ctx from stdin;\nx\n\\.\n"
    for setting, is_told in (("errors", True), ("always", True), ("never", False)):
        done = run("exec", "--local", "-v", f"SHOW_CONTEXT={setting}", stdin=script.encode())
        assert done.code == 1
        assert ("CONTEXT: COPY ctx, line 1" in done.err) is is_told, done.err
        run("exec", "--local", "-c", "drop table public.ctx")
