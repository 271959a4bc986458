"""The gate that nobody can tune: packages that others wrote, run against a fresh simulator with the default settings.

    python tests/foreign/gate.py [SUITE...]      `make foreign`: all of them, or some
    python tests/foreign/gate.py --list

Everything is installed below .foreign/ (an environment, the unpacked source archives, Node's packages). A suite passes when
nothing fails but what `ledger.toml` expects, with its reason; what it expects and does not happen is told, too.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import tomllib
import venv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GROUND = Path(os.environ.get("DSQLTUI_FOREIGN_DIR") or ROOT / ".foreign")
ADDRESS = "127.0.0.9"
"""The packages connect to port 5432 and cannot be told another; so the simulator has a loopback address for itself."""


@dataclass(frozen=True)
class Suite:
    """Tests that are run in one go against one simulator."""

    name: str
    command: tuple[str, ...]
    """{python} is the environment's, {report} the file for JUnit's XML, {here} this folder, {root} the checkout, {node}
    Node's packages."""
    folder: str = ""
    """Below .foreign/; "" is this folder."""
    variables: Mapping[str, str] = field(default_factory=dict)
    passes: int = 0
    """At least so many must pass: a suite that collects nothing is no evidence."""


PYTEST = (
    "{python}",
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:dsqltui",
    "-p",
    "no:cacheprovider",
    "--junitxml",
    "{report}",
    "--timeout",
    "120",
)
WITH_PLUGIN = (*PYTEST[:4], *PYTEST[6:], "-c", os.devnull)
OWN = (*PYTEST, "--rootdir", "{here}/own", "--confcutdir", "{here}/own")
DJANGO = {"DJANGO_SETTINGS_MODULE": "aurora_dsql_django.tests.test_settings"}

SUITES = (
    Suite(
        "python connector",
        (*PYTEST, "-o", "log_cli=false", "tests"),
        "archives/aurora-dsql-python-connector",
        passes=90,
    ),
    Suite("sqlalchemy dialect (AWS)", (*PYTEST, "test"), "archives/aurora-dsql-sqlalchemy", passes=110),
    *(
        Suite(
            f"django adapter, {part}",
            (*PYTEST, "-p", "no:django", "-c", os.devnull, "--rootdir", ".", f"aurora_dsql_django/tests/{part}"),
            "archives/aurora-dsql-django",
            DJANGO,
            passes=passes,
        )
        for part, passes in (("unit", 100), ("integration", 3))
    ),
    Suite("tortoise adapter", (*PYTEST, "tests"), "archives/aurora-dsql-tortoise-orm", passes=40),
    Suite("psycopg, our tests", (*OWN, "{here}/own/with_psycopg.py"), passes=8),
    *(
        Suite(
            f"examples: {name}",
            (*WITH_PLUGIN, "--rootdir", f"{{root}}/examples/{name}", f"{{root}}/examples/{name}"),
            variables={"PYTHONPATH": f"{HERE / 'names'}{os.pathsep}{ROOT / 'examples' / name}"},
            passes=passes,
        )
        for name, passes in (("asyncpg", 2), ("sqlalchemy", 3), ("django", 4))
    ),
    Suite("pg_dump and psql, our tests", (*OWN, "{here}/own/with_pg_dump.py"), passes=1),
    Suite("AWS CLI, our tests", (*OWN, "{here}/own/with_aws_cli.py"), passes=2),
    *(
        Suite(
            f"node: {name}, our tests",
            (
                "node",
                "--test",
                "--test-reporter",
                "junit",
                "--test-reporter-destination",
                "{report}",
                f"{{node}}/{file}",
            ),
            passes=passes,
        )
        for name, file, passes in (
            ("connector for pg", "connector.test.mjs", 3),
            ("postgres.js", "postgresjs.test.mjs", 3),
            ("knex", "knex.test.mjs", 3),
            ("drizzle", "drizzle.test.mjs", 3),
        )
    ),
)


@dataclass
class Outcome:
    """What came of a suite."""

    suite: str
    run: int = 0
    passed: int = 0
    skipped: int = 0
    expected: Counter[str] = field(default_factory=Counter)
    """Failures that the ledger expects, by reason."""
    unexpected: list[str] = field(default_factory=list)
    seconds: float = 0.0
    problem: str = ""

    @property
    def is_good(self) -> bool:
        return not self.unexpected and not self.problem


def prepare() -> None:
    """Install what is pinned, once; again when a pin has changed."""
    pins = "".join((HERE / name).read_text() for name in ("python.txt", "archives.txt", "node/package.json"))
    mark = GROUND / "installed"
    if mark.is_file() and mark.read_text() == pins:
        shutil.copytree(HERE / "node", GROUND / "node", dirs_exist_ok=True)
        return
    GROUND.mkdir(exist_ok=True)
    if not (GROUND / "venv").is_dir():
        venv.create(GROUND / "venv", with_pip=True)
    pip = [str(GROUND / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "install", "-r", str(HERE / "python.txt"), "-e", f"{ROOT}[local]"], check=True)
    shutil.rmtree(GROUND / "archives", ignore_errors=True)
    (GROUND / "archives").mkdir()
    for line in (HERE / "archives.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            _unpack(pip, line)
    shutil.copytree(HERE / "node", GROUND / "node", dirs_exist_ok=True)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=GROUND / "node", check=True)
    mark.write_text(pins)


def _unpack(pip: list[str], requirement: str) -> None:
    """The source archive of a package, below its name without its version."""
    name = requirement.partition("==")[0]
    with_archive = GROUND / "downloads" / name
    subprocess.run(
        [*pip, "download", "--no-deps", "--no-binary", name, "-d", str(with_archive), requirement], check=True
    )
    (archive,) = with_archive.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(with_archive, filter="data")
    (folder,) = (entry for entry in with_archive.iterdir() if entry.is_dir())
    folder.rename(GROUND / "archives" / name)


@contextmanager
def fresh_simulator() -> Iterator[dict[str, str]]:
    """A simulator as anybody starts it, at an address of its own; the environment for its clients."""
    folder = GROUND / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ready = folder / "ready.json"
    command = [
        str(GROUND / "venv/bin/python"),
        "-m",
        "dsqltui",
        "sim",
        "--ephemeral",
        "--quiet",
        "--regions",
        "us-east-1",
    ]
    command += ["--listen", ADDRESS, "--ports", "5432,0", "--ready-file", str(ready), "--exit-with-parent"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise SystemExit(f"the simulator ended with {process.returncode}")
            time.sleep(0.05)
        yield _environment(json.loads(ready.read_text()))
    finally:
        process.terminate()
        process.wait()


def _environment(ready: dict[str, object]) -> dict[str, str]:
    from dsqltui.sim.environment import variables

    found = variables(ready)
    host = found["PGHOST"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "AWS_", "DSQLTUI_"))}
    return (
        kept
        | {name: found[name] for name in found if name.startswith("AWS_")}
        | {
            "CLUSTER_ENDPOINT": host,
            "CLUSTER_USER": "admin",
            "REGION": "us-east-1",
            "FOREIGN_HOSTS": f"{host}={ADDRESS}",
            "PGHOSTADDR": ADDRESS,
            "SSL_CERT_FILE": found["SSL_CERT_FILE"],
            "SSL_CERT_PATH": found["PGSSLROOTCERT"],
            "NODE_EXTRA_CA_CERTS": found["NODE_EXTRA_CA_CERTS"],
            "AWS_ENDPOINT_URL": found["AWS_ENDPOINT_URL_DSQL"],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": str(HERE / "names"),
            "NODE_OPTIONS": f"--require {HERE / 'names' / 'names.cjs'}",
            "PATH": f"{GROUND / 'venv/bin'}{os.pathsep}{os.environ['PATH']}",
        }
    )


def run(suite: Suite) -> Outcome:
    """Run one against a fresh simulator."""
    outcome = Outcome(suite.name)
    report = GROUND / "report.xml"
    report.unlink(missing_ok=True)
    words = {
        "python": str(GROUND / "venv/bin/python"),
        "report": str(report),
        "here": str(HERE),
        "root": str(ROOT),
        "node": str(GROUND / "node"),
    }
    began = time.monotonic()
    with fresh_simulator() as environment:
        done = subprocess.run(
            [part.format(**words) for part in suite.command],
            cwd=GROUND / suite.folder if suite.folder else HERE,
            env=environment | dict(suite.variables),
            stdout=(GROUND / "output.txt").open("w"),
            stderr=subprocess.STDOUT,
            timeout=1_500,
            check=False,
        )
    outcome.seconds = time.monotonic() - began
    if not report.is_file():
        outcome.problem = f"no report, status {done.returncode}; see {GROUND / 'output.txt'}"
        return outcome
    (GROUND / f"report {suite.name.partition(',')[0].replace(':', '')}.xml").write_bytes(report.read_bytes())
    judge(outcome, report, reasons(suite.name))
    if outcome.passed < suite.passes:
        outcome.problem = f"only {outcome.passed} passed, {suite.passes} must"
    return outcome


def reasons(suite: str) -> list[tuple[str, re.Pattern[str], re.Pattern[str]]]:
    """What the ledger expects of a suite: the reason, a pattern for the test's name, one for what it says."""
    ledger = tomllib.loads((HERE / "ledger.toml").read_text())
    return [
        (entry["reason"], re.compile(entry.get("test", "")), re.compile(entry.get("says", ""), re.DOTALL))
        for entry in ledger["expected"]
        if entry.get("suite", suite) == suite
    ]


def judge(outcome: Outcome, report: Path, expected: list[tuple[str, re.Pattern[str], re.Pattern[str]]]) -> None:
    """Count the cases of a report."""
    for case in ElementTree.parse(report).iter("testcase"):
        outcome.run += 1
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        troubles = [*case.findall("failure"), *case.findall("error")]
        if case.find("skipped") is not None:
            outcome.skipped += 1
        elif not troubles:
            outcome.passed += 1
        else:
            said = "\n".join(f"{trouble.get('message', '')}\n{trouble.text or ''}" for trouble in troubles)
            reason = next((why for why, test, says in expected if test.search(name) and says.search(said)), None)
            if reason is None:
                line = next((line for line in said.splitlines() if line.strip()), "")
                outcome.unexpected.append(f"{name}: {line[:300]}")
            else:
                outcome.expected[reason] += 1


def show(outcomes: list[Outcome]) -> None:
    """Print the ledger as it came out."""
    print(f"\n{'suite':<42}{'run':>6}{'passed':>8}{'skipped':>9}{'expected':>10}{'unexpected':>12}{'s':>7}")
    for o in outcomes:
        print(
            f"{o.suite:<42}{o.run:>6}{o.passed:>8}{o.skipped:>9}{o.expected.total():>10}{len(o.unexpected):>12}{o.seconds:>7.0f}"
        )
        if o.problem:
            print(f"    {o.problem}")
        for reason, count in o.expected.most_common():
            print(f"    {count:>4} expected: {reason}")
        for line in o.unexpected[:40]:
            print(f"    UNEXPECTED {line}")


def main(arguments: list[str]) -> int:
    """Run the suites that are named, or all; 1 when something failed that the ledger does not expect."""
    if arguments == ["--list"]:
        print("\n".join(suite.name for suite in SUITES))
        return 0
    chosen = [suite for suite in SUITES if not arguments or any(word in suite.name for word in arguments)]
    prepare()
    outcomes = []
    for suite in chosen:
        print(f"{suite.name} ...", flush=True)
        outcomes.append(run(suite))
    show(outcomes)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
