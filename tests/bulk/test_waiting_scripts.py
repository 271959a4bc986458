r"""`\i --wait` of a schema file: one DDL a transaction, jobs waited for, conflicts tried again, resumed where it failed."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulk.test_loads import LoadLab
from support.headless import Ended, Headless
from support.servers.simulator import RunningSimulator, running_simulator

SCRIPT = """\
begin;
create table s_one (id int primary key, v text);
create table s_two (id int primary key);
commit;
insert into s_one values (1, 'a');
insert into s_one values (2, 'a');
create index async s_one_v on s_one (v);
create unique index async s_one_u on s_one (v);
create table s_three (id int primary key);
"""


@pytest.fixture(scope="module")
def script_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with running_simulator(
        tmp_path_factory.mktemp("scripts"), "--ephemeral", "--job-delay", "0.3", "--no-idle-oc001"
    ) as simulator:
        yield simulator


@pytest.fixture
def lab(script_simulator: RunningSimulator, tmp_path: Path) -> Iterator[LoadLab]:
    lab = LoadLab(script_simulator, Headless(script_simulator, tmp_path))
    for table in ("s_one", "s_two", "s_three"):
        lab.sql(f"drop table if exists {table}")
    (tmp_path / "s.sql").write_text(SCRIPT)
    yield lab
    lab.close()
    lab.fault("conflict-every=default", "commit-latency=default", "lose-commit-answer=default")


def include(lab: LoadLab, options: str) -> Ended:
    return lab.headless.exec("-c", rf"\i {options} s.sql")


def test_jobs_are_waited_for_and_it_goes_on_where_it_failed(lab: LoadLab) -> None:
    lab.fault("conflict-every=2")
    failed = include(lab, "--wait")
    assert failed.code == 1
    assert "begin is left out: each of the 2 DDL statements behind it is a transaction of its own." in failed.err
    assert "retrying (attempt 2 of " in failed.err
    assert failed.err.count(" completed after ") == 1
    assert "did not complete: " in failed.err
    assert "create unique index async s_one_u" in failed.err
    assert lab.sql(
        "select indexrelid::regclass::text, indisvalid from pg_index where indrelid = 's_one'::regclass order by 1"
    ) == [
        ("s_one_pkey", True),
        ("s_one_u", False),
        ("s_one_v", True),
    ]
    lab.sql("drop index s_one_u")
    script = lab.headless.folder / "s.sql"
    script.write_text(
        SCRIPT.replace("unique index async s_one_u on s_one (v)", "unique index async s_one_u on s_one (v, id)")
    )
    done = include(lab, "--wait --resume")
    assert done.code == 0, done.err
    assert "Going on with statement 8; 7 were done before." in done.err
    assert lab.sql("select count(*) from s_one") == [(2,)]
    assert lab.count("s_three") == 0
    assert "it ran to its end before" in include(lab, "--wait --resume").err


def test_what_was_run_must_stand_there_still(lab: LoadLab) -> None:
    script = lab.headless.folder / "s.sql"
    script.write_text(
        "create table s_two (id int primary key);\nselect nope;\ncreate table s_three (id int primary key);\n"
    )
    whole = script.read_text()
    assert include(lab, "--wait").code == 1
    script.write_text(whole.replace("s_two", "s_other"))
    assert "is not what stands there now" in include(lab, "--wait --resume").err
    script.write_text(whole)
    skipped = include(lab, "--wait --skip")
    assert skipped.code == 0, skipped.err
    assert lab.count("s_three") == 0


def test_a_write_of_which_nobody_knows_is_not_sent_twice(lab: LoadLab) -> None:
    script = lab.headless.folder / "s.sql"
    script.write_text("create table s_two (id int primary key);\ninsert into s_two values (1);\nselect 'end';\n")
    lab.fault("commit-latency=2")
    with lab.headless.start("exec", "--local", "-c", r"\i --wait s.sql") as process:
        deadline = time.monotonic() + 60
        journal = Path(lab.headless.environment["XDG_STATE_HOME"]) / "dsqltui" / "bulk"
        while '"index":1' not in "".join(path.read_text() for path in journal.glob("*.jsonl")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    lab.fault("commit-latency=default")
    asked = include(lab, "--wait --resume")
    assert "statement 2 was sent and nobody said how it ended: insert into s_two values (1)" in asked.err
    assert asked.code == 1
    way = "--skip" if lab.count("s_two") else "--again"
    done = include(lab, f"--wait {way}")
    assert done.code == 0, done.err
    assert lab.count("s_two") == 1
