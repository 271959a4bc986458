"""The gate as tests (marker `foreign`), and its judgement of reports."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from foreign.gate import Expectation, Outcome, judge, prepare, run
from foreign.suites import HERE, SUITES, Suite

REPORT = """<testsuites><testsuite>
<testcase classname="a" name="good"/>
<testcase classname="a" name="left_out"><skipped/></testcase>
<testcase classname="a" name="savepoint"><failure message="FeatureNotSupported: SAVEPOINT">text</failure></testcase>
<testcase classname="a" name="odd"><error message="boom">text</error></testcase>
</testsuite></testsuites>"""


def test_only_what_the_ledger_expects_is_forgiven(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    outcome = Outcome("suite")
    every = re.compile("")
    expected = [
        Expectation("no savepoints", "dsql", every, re.compile("SAVEPOINT")),
        Expectation("no cursors", "dsql", every, re.compile("DECLARE")),
    ]
    judge(outcome, report, expected)
    assert (outcome.run, outcome.passed, outcome.skipped) == (4, 1, 1)
    assert outcome.expected == {"dsql: no savepoints": 1}
    assert outcome.unseen == ["no cursors"]
    assert outcome.unexpected == ["a.odd: boom"]
    assert not outcome.is_good


def test_the_ledger_speaks_of_suites_that_are_there() -> None:
    ledger = tomllib.loads((HERE / "ledger.toml").read_text(encoding="utf-8"))["expected"]
    assert {name for entry in ledger for name in entry["suites"]} <= {suite.name for suite in SUITES}
    assert {entry["kind"] for entry in ledger} <= {"dsql", "guess", "environment", "ours"}


@pytest.fixture(scope="session")
def ground() -> None:
    if not shutil.which("npm"):
        pytest.skip("no npm here")
    prepare()


@pytest.mark.foreign
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("ground")
@pytest.mark.parametrize("suite", SUITES, ids=[suite.name for suite in SUITES])
def test_suite(suite: Suite) -> None:
    outcome = run(suite)
    assert outcome.is_good, "\n".join([outcome.problem, *outcome.unexpected])
