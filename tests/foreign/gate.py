"""The gate that nobody can tune: packages that others wrote, run against a fresh simulator with the default settings.

    make foreign                        all of them
    make foreign SUITES="asyncpg knex"  those whose name has one of these words; SUITES=--list shows the names

Everything is installed below .foreign/ (an environment, the unpacked source archives, Node's packages). A suite passes when
nothing fails but what `ledger.toml` expects, with its reason; what it expects and does not happen is told, too. A suite that
does not end within its time has failed: it is told how far it came.
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
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from xml.etree import ElementTree

from foreign.suites import GENERIC, HERE, ROOT, SUITES, Suite

GROUND = Path(os.environ.get("DSQLTUI_FOREIGN_DIR") or ROOT / ".foreign")
ADDRESSES = ("127.0.0.9", "127.0.0.10")
"""The packages connect to port 5432 and cannot be told another; so a simulator has a loopback address for itself, and as many
suites run at once as there are addresses."""
TIMED_OUT = 124
"""The exit status of `timeout` when it has ended a command."""


@dataclass
class Expectation:
    """What the ledger says of failures that have one cause."""

    reason: str
    kind: str
    """"dsql": Aurora DSQL has it not, by the evidence of FIDELITY.md; "guess": the simulator's reading of what the
    evidence leaves open, said there too; "environment": the tests want more than one simulator on one
    machine; "ours": a bug of the simulator."""
    test: re.Pattern[str]
    """Somewhere in the test's name."""
    says: re.Pattern[str]
    """Somewhere in what the failure says."""


@dataclass
class Outcome:
    """What came of a suite."""

    suite: str
    run: int = 0
    passed: int = 0
    skipped: int = 0
    expected: Counter[str] = field(default_factory=Counter)
    """Failures that the ledger expects, by reason with its kind."""
    unseen: list[str] = field(default_factory=list)
    """Reasons of the ledger that no failure had."""
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
        _copy_own()
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
            _unpack(pip, *line.split())
    _copy_own()
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=GROUND / "node", check=True)
    mark.write_text(pins)


def _copy_own() -> None:
    """What is ours and has to stand beside what is not."""
    shutil.copytree(HERE / "node", GROUND / "node", dirs_exist_ok=True)
    shutil.copy(HERE / "own/sqlalchemy_suite.py", GROUND / "archives/aurora-dsql-sqlalchemy" / GENERIC)


def _unpack(pip: list[str], requirement: str, kept: str = "") -> None:
    """The source archive of a package, below its name without its version; only the folder `kept` of it, if one is named."""
    name = requirement.partition("==")[0]
    with_archive = GROUND / "downloads" / name
    shutil.rmtree(with_archive, ignore_errors=True)
    subprocess.run(
        [*pip, "download", "--no-deps", "--no-binary", name, "-d", str(with_archive), requirement], check=True
    )
    (archive,) = with_archive.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(with_archive, filter="data")
    (folder,) = (entry for entry in with_archive.iterdir() if entry.is_dir())
    target = GROUND / "archives" / name
    if kept:
        target.mkdir()
        (folder / kept).rename(target / kept)
    else:
        folder.rename(target)


@contextmanager
def fresh_simulator(folder: Path, address: str) -> Iterator[dict[str, str]]:
    """A simulator as anybody starts it, at an address of its own; the environment for its clients."""
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
    command += ["--listen", address, "--ports", "5432,0", "--ready-file", str(ready), "--exit-with-parent"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise SystemExit(f"the simulator ended with {process.returncode}")
            time.sleep(0.05)
        yield _environment(json.loads(ready.read_text()), address)
    finally:
        process.terminate()
        process.wait()


def _environment(ready: dict[str, object], address: str) -> dict[str, str]:
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
            "FOREIGN_HOSTS": f"{host}={address}",
            "FOREIGN_NODE": str(GROUND / "node"),
            "PGHOSTADDR": address,
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


def _login(environment: Mapping[str, str]) -> dict[str, str]:
    """libpq's variables, with a token that outlives the suite."""
    import boto3

    host = environment["CLUSTER_ENDPOINT"]
    session = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    client = session.client("dsql", region_name="us-east-1")
    return {
        "PGHOST": host,
        "PGPORT": "5432",
        "PGUSER": "admin",
        "PGDATABASE": "postgres",
        "PGPASSWORD": client.generate_db_connect_admin_auth_token(host, ExpiresIn=7_200),
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": environment["SSL_CERT_PATH"],
    }


def run(suite: Suite, address: str = ADDRESSES[0]) -> Outcome:
    """Run one against a fresh simulator. What it printed and its report are kept below .foreign/runs/."""
    outcome = Outcome(suite.name)
    folder = GROUND / "runs" / re.sub(r"\W+", "-", suite.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    report = folder / "report.xml"
    words = {
        "python": str(GROUND / "venv/bin/python"),
        "report": str(report),
        "here": str(HERE),
        "root": str(ROOT),
        "node": str(GROUND / "node"),
    }
    command = ["timeout", "--kill-after", "10", str(suite.within_s), *(part.format(**words) for part in suite.command)]
    command += [part for test in suite.left_out for part in ("--deselect", test)]
    began = time.monotonic()
    with fresh_simulator(folder, address) as environment, (folder / "output.txt").open("w") as output:
        if suite.wants_login:
            environment |= _login(environment)
        done = subprocess.run(
            command,
            cwd=GROUND / suite.folder if suite.folder else HERE,
            env=environment | dict(suite.variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    outcome.seconds = time.monotonic() - began
    if done.returncode == TIMED_OUT:
        outcome.problem = f"not done within {suite.within_s} s; it was at: {_last_test(folder / 'output.txt')}"
    elif not report.is_file():
        outcome.problem = f"no report, status {done.returncode}; see {folder / 'output.txt'}"
    if not report.is_file():
        return outcome
    judge(outcome, report, expectations(suite.name))
    if outcome.passed < suite.passes and not outcome.problem:
        outcome.problem = f"only {outcome.passed} passed, {suite.passes} must"
    return outcome


def _last_test(output: Path) -> str:
    """The last line that a suite printed with something in it: pytest's has the file and a letter for each test."""
    lines = [line for line in output.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "the start, nothing was printed"


def expectations(suite: str) -> list[Expectation]:
    """What the ledger expects of a suite, in its order: the first that fits counts."""
    ledger = tomllib.loads((HERE / "ledger.toml").read_text())
    return [
        Expectation(
            entry["reason"],
            entry["kind"],
            re.compile(entry.get("test", "")),
            re.compile(entry.get("says", ""), re.DOTALL),
        )
        for entry in ledger["expected"]
        if suite in entry["suites"]
    ]


def judge(outcome: Outcome, report: Path, expected: list[Expectation]) -> None:
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
            found = next((each for each in expected if each.test.search(name) and each.says.search(said)), None)
            if found is None:
                line = next((line for line in said.splitlines() if line.strip()), "")
                outcome.unexpected.append(f"{name}: {line[:300]}")
            else:
                outcome.expected[f"{found.kind}: {found.reason}"] += 1
    outcome.unseen = [each.reason for each in expected if not outcome.expected[f"{each.kind}: {each.reason}"]]


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
            print(f"    {count:>4} {reason}")
        for test, why in next(suite for suite in SUITES if suite.name == o.suite).left_out.items():
            print(f"         left out: {test}: {why}")
        for reason in o.unseen:
            print(f"         not seen: {reason}")
        for line in o.unexpected[:40]:
            print(f"    UNEXPECTED {line}")
    kinds = Counter[str]()
    for o in outcomes:
        for reason, count in o.expected.items():
            kinds[reason.partition(":")[0]] += count
    print(
        f"\n{sum(o.run for o in outcomes)} run, {sum(o.passed for o in outcomes)} passed, "
        f"{sum(o.skipped for o in outcomes)} skipped by the suites, {sum(len(o.unexpected) for o in outcomes)} unexpected; "
        f"expected failures: {', '.join(f'{count} {kind}' for kind, count in kinds.most_common()) or 'none'}"
    )


def main(arguments: list[str]) -> int:
    """Run the suites that are named, or all; 1 when something failed that the ledger does not expect."""
    if arguments == ["--list"]:
        print("\n".join(suite.name for suite in SUITES))
        return 0
    chosen = [suite for suite in SUITES if not arguments or any(word in suite.name for word in arguments)]
    prepare()
    free = SimpleQueue[str]()
    for address in ADDRESSES:
        free.put(address)

    def run_where_there_is_room(suite: Suite) -> Outcome:
        address = free.get()
        print(f"{suite.name} ...", flush=True)
        try:
            return run(suite, address)
        finally:
            free.put(address)

    with ThreadPoolExecutor(len(ADDRESSES)) as pool:
        outcomes = list(pool.map(run_where_there_is_room, chosen))
    show(outcomes)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
