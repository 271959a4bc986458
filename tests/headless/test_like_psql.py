"""Every script of `psql_scripts` through the real psql and through dsqltui, on one simulator: what the server received,
what was printed, what was written, whether it ended well. What is not the same stands in the list, with its reason."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from dsqltui.commands.program import cli
from headless.psql_scripts import CASES, EVERY, Aspect, Case, Way
from support.long_cases import spread
from support.servers.psql import Psql, find_psql, tls_for_those_without
from support.servers.simulator import RunningSimulator, running_simulator

FOUND = find_psql()
pytestmark = pytest.mark.skipif(FOUND is None, reason="there is no psql")
_ERROR = re.compile(r"ERROR(?: \w{5})?(?: OC00\d)?:  ?(?P<message>.*)")


@dataclass
class Run:
    """What came of a script."""

    sent: list[str]
    printed: str
    errors: list[str]
    is_good: bool
    files: dict[str, str]

    def aspect(self, aspect: Aspect) -> object:
        return {
            Aspect.SENT: self.sent,
            Aspect.PRINTED: self.printed,
            Aspect.ERRORS: self.errors,
            Aspect.SUCCESS: self.is_good,
            Aspect.FILES: self.files,
        }[aspect]


class Bench:
    """Runs scripts, each on the same rows and in a folder of its own."""

    def __init__(self, simulator: RunningSimulator, psql: Psql, log: Path, folder: Path) -> None:
        self._psql = psql
        self._log = log
        self._folder = folder
        self._database: psycopg.Connection[tuple[str, ...]] = simulator.connect()
        self._database.execute("create schema pc")
        self._database.execute("create table pc.t (id int primary key, v text)")

    def close(self) -> None:
        self._database.execute("drop schema pc cascade")
        self._database.close()

    def psql(self, case: Case, *, stops: bool) -> Run:
        """Through psql, from standard input."""
        folder = self._prepared(case)
        done = self._psql.run(
            case.script.encode(), folder, "-v", f"ON_ERROR_STOP={'on' if stops else 'off'}", *case.options
        )
        return self._run(case, folder, done.stdout.decode(), done.stderr.decode(), done.returncode == 0)

    def dsqltui(self, case: Case, way: Way, monkeypatch: pytest.MonkeyPatch) -> Run:
        """Through dsqltui, in this process."""
        folder = self._prepared(case)
        monkeypatch.chdir(folder)
        script = self._folder / "script.sql"
        script.write_text(case.script, newline="")
        arguments = {
            Way.FILE: ["exec", "--local", "-f", str(script), *case.options],
            Way.PIPE: ["exec", "--local", *case.options],
            Way.PLAIN: ["--plain", "--local"],
        }[way]
        done = CliRunner().invoke(
            cli, arguments, input=None if way is Way.FILE else case.script.encode(), catch_exceptions=False
        )
        printed, told = done.stdout, done.stderr
        if way is Way.PLAIN:
            printed = "".join(line[3:] + "\n" for line in printed.splitlines() if re.match("A>( |$)", line))
            told = printed
        return self._run(case, folder, printed, told, done.exit_code == 0)

    def _prepared(self, case: Case) -> Path:
        with self._database.transaction():
            self._database.execute("delete from pc.t")
            self._database.execute("insert into pc.t values (1, 'one'), (2, 'two'), (3, null)")
        folder = self._folder / "run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, text in case.files.items():
            (folder / name).write_text(text)
        self._begins_at = self._log.stat().st_size
        return folder

    def _run(self, case: Case, folder: Path, printed: str, told: str, is_good: bool) -> Run:
        with self._log.open("rb") as log:
            log.seek(self._begins_at)
            messages = [json.loads(line) for line in log]
        files = {path.name: path.read_text() for path in folder.iterdir() if path.name not in case.files}
        errors = [found["message"] for found in map(_ERROR.search, told.splitlines()) if found is not None]
        sent = [text for text in map(sent_text, messages) if text is not None]
        return Run(sent, printed, errors, is_good, files)


def sent_text(message: dict[str, object]) -> str | None:
    """What the server received, but for two things: the semicolon, which only psql sends, and empty lines, which psql
    leaves out."""
    if message["message"] == "bind":
        return f"bound: {message['values']}"
    text = re.sub(r"\n{2,}", "\n", str(message["sql"]).replace("\r\n", "\n"))
    text = text.strip().removesuffix(";").rstrip()
    return re.sub(r" *([ ()]) *", r"\1", text) if text.startswith("COPY ") else text  # psql writes that of \copy anew


def is_the_same(way: Way, aspect: Aspect, psql: Run, ours: Run) -> bool:
    """In --plain, answers stand between other words."""
    if way is not Way.PLAIN or aspect is not Aspect.PRINTED:
        return psql.aspect(aspect) == ours.aspect(aspect)
    lines = iter([line.rstrip() for line in ours.printed.splitlines()])
    return all(line.rstrip() in lines for line in psql.printed.splitlines())


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("like_psql")
    log = folder / "messages.jsonl"
    assert FOUND is not None
    with (
        running_simulator(folder, "--no-idle-oc001", "--log-messages", str(log)) as simulator,
        tls_for_those_without(simulator) as port,
        pytest.MonkeyPatch.context() as patch,
    ):
        where = folder / "data" / "dsqltui" / "simulator"
        where.mkdir(parents=True)
        (where / "ready.json").write_text(json.dumps(simulator.ready))
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("PSQL_TEST_WORD", "a word")
        bench = Bench(simulator, Psql(FOUND[0], port, simulator), log, folder)
        try:
            yield bench
        finally:
            bench.close()


def test_there_are_enough_scripts() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 120


@pytest.mark.parametrize("case", spread(CASES, 3), ids=lambda case: case.name)
def test_a_script(case: Case, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FOUND is not None
    if FOUND[1] < case.since:
        pytest.skip(f"it needs psql {case.since}")
    stopping = bench.psql(case, stops=True)
    going_on = bench.psql(case, stops=False) if not stopping.is_good else stopping
    going_on.is_good = stopping.is_good  # psql tells of errors by its status only when it stops at them
    for way in EVERY:
        psql = going_on if way is Way.PLAIN else stopping
        ours = bench.dsqltui(case, way, monkeypatch)
        for aspect in Aspect:
            reasons = [it.reason for it in case.differences if it.aspect is aspect and way in it.ways]
            if is_the_same(way, aspect, psql, ours):
                assert not reasons, f"{way.value}: {aspect.value} is the same as psql's now; take the reason away"
            elif not reasons:
                assert ours.aspect(aspect) == psql.aspect(aspect), f"{way.value}: {aspect.value}"
                raise AssertionError(f"{way.value}: {aspect.value}: {ours.printed!r} is not {psql.printed!r}")
