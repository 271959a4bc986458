"""`dsqltui sim probe` against the simulator: nothing differs, what differs is seen, nothing is left behind."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsqltui.client.connecting import Connection, open_connection, verified_tls
from dsqltui.client.conversation import NO_ANSWER, SUCCESS, Answer, Conversation, Form
from dsqltui.commands.program import cli
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.launch.simulator_process import SimulatorAccess, simulator_directory
from dsqltui.probe import command, report
from dsqltui.probe.behaviours import BEHAVIOURS
from dsqltui.probe.case import OWN_SCHEMA, Probe, ProbeStep
from dsqltui.probe.command import ProbeTarget, ReportFormat
from dsqltui.probe.of_rules import rule_probes
from dsqltui.probe.runner import NoOwnSchema
from dsqltui.sim.rules.examples.table import RULES
from dsqltui.sim.rules.messages import Evidence
from support.servers.simulator import RunningSimulator, running_simulator


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """One with the default settings: sessions that idle are told of others' DDL."""
    with running_simulator(tmp_path_factory.mktemp("probed"), "--job-delay", "0.05") as running:
        yield running


@pytest.fixture
def target(simulator: RunningSimulator) -> ProbeTarget:
    access = SimulatorAccess.from_ready(simulator.ready)
    return ProbeTarget.of_simulator(access, access.endpoints[0])


@pytest.fixture
def own_schemas(simulator: RunningSimulator) -> Iterator[None]:
    """Checks at the end that no schema of a run is left."""
    yield
    with simulator.connect() as session:
        left = session.execute(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [OWN_SCHEMA]
        ).fetchall()
    assert left == []


def probe_of(identifier: str) -> Probe:
    (found,) = command.chosen([identifier])
    return found


def with_expectation(probe: Probe, number: int, expected: Answer) -> Probe:
    steps = list(probe.steps)
    steps[number] = replace(steps[number], expects=expected)
    return replace(probe, steps=tuple(steps))


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["sim", "probe", *arguments], prog_name="dsqltui")


def test_every_rule_is_probed_and_ids_are_unique() -> None:
    probes = command.all_probes()
    assert [probe.id for probe in probes[: len(RULES)]] == [rule.id for rule in RULES]
    assert [name for name, number in Counter(probe.id for probe in probes).items() if number > 1] == []
    assert len(BEHAVIOURS) > 25
    for rule, probe in zip(RULES, rule_probes(), strict=True):
        assert (probe.evidence, probe.seen) == (rule.evidence, rule.seen)
        assert [step.expects for step in probe.steps] == [Answer(rule.sqlstate, rule.text, rule.message.detail)]


@pytest.mark.usefixtures("own_schemas")
@pytest.mark.parametrize("probes", [tuple(rule_probes()), BEHAVIOURS], ids=["rules", "behaviours"])
def test_the_simulator_answers_as_expected(
    target: ProbeTarget, probes: tuple[Probe, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    status = command.run_probes(target, probes, ReportFormat.TABLE)
    heading, *lines, count = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith(("same ", "skipped "))] == []
    assert status == command.ALL_SAME
    assert heading.split() == ["VERDICT", "FORMS", "PROBE", "EVIDENCE", "SENT", "ANSWER"]
    assert all(line.split()[1] == "simple+extended" for line in lines if line.startswith("same "))
    assert [line.split()[2] for line in lines] == [probe.id for probe in probes]
    skipped = sum(probe.fills_cluster for probe in probes)
    assert count == f"{len(probes)} probes: {len(probes) - skipped} same, 0 differs, {skipped} skipped"


@pytest.mark.usefixtures("own_schemas")
def test_a_limit_of_the_cluster_is_probed_when_it_is_named(
    target: ProbeTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run_probes(target, [probe_of("schemas")], ReportFormat.TABLE, named=["schemas"]) == command.ALL_SAME
    assert "54000 more than 10 schemas not allowed" in capsys.readouterr().out


@pytest.mark.usefixtures("own_schemas")
def test_another_answer_differs(target: ProbeTarget, capsys: pytest.CaptureFixture[str]) -> None:
    refused = with_expectation(probe_of("truncate"), 0, Answer("0A000", "TRUNCATE is not for you"))
    conflict = with_expectation(probe_of("first-committer-wins"), 5, Answer(SUCCESS, "COMMIT"))
    assert command.run_probes(target, [refused, conflict], ReportFormat.TABLE) == command.DIFFERENCES
    _, first, second, count = capsys.readouterr().out.splitlines()
    assert first.split()[:4] == ["differs", "-", "truncate", "recorded"]
    got = "0A000 unsupported statement: Truncate"
    assert first.endswith(f"expected 0A000 TRUNCATE is not for you | simple {got} | extended {got}")
    lost = "40001 change conflicts with another transaction (OC000)"
    assert second.endswith(f"at COMMIT: expected 00000 COMMIT | simple {lost} | extended {lost}")
    assert count == "2 probes: 0 same, 2 differs, 0 skipped"


@pytest.mark.usefixtures("own_schemas")
def test_a_setup_that_is_refused_is_a_difference(target: ProbeTarget, capsys: pytest.CaptureFixture[str]) -> None:
    probe = replace(probe_of("key-that-is-there"), setup=("CREATE TABLE t (id serial)",))
    assert command.run_probes(target, [probe, probe_of("version")], ReportFormat.TABLE) == command.DIFFERENCES
    said = capsys.readouterr().out
    assert 'setup: CREATE TABLE t (id serial): 42704 type "serial" does not exist' in said
    assert "2 probes: 1 same, 1 differs" in said


@pytest.mark.usefixtures("own_schemas")
def test_what_is_accepted_by_surprise_leaves_nothing(target: ProbeTarget, capsys: pytest.CaptureFixture[str]) -> None:
    creates = ProbeStep("CREATE SCHEMA left_by_a_probe", Answer("0A000", "not supported"))
    surprise = replace(probe_of("truncate"), steps=(creates,))
    assert command.run_probes(target, [surprise], ReportFormat.TABLE) == command.DIFFERENCES
    assert "| simple 00000 CREATE SCHEMA | extended 00000 CREATE SCHEMA" in capsys.readouterr().out


@pytest.mark.usefixtures("own_schemas")
def test_json_holds_all_answers_and_nobodys_names(
    simulator: RunningSimulator, target: ProbeTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    tells = ProbeStep(
        f"SELECT '{target.endpoint.host} arn:aws:iam::111122223333:role/x 444455556666'", Answer(SUCCESS, "SELECT 1")
    )
    probes = [
        replace(probe_of("version"), steps=(tells,)),
        probe_of("unique-index-on-duplicates"),
        with_expectation(probe_of("first-committer-wins"), 2, Answer("40001")),
        probe_of("tables"),
    ]
    assert command.run_probes(target, probes, ReportFormat.JSON) == command.DIFFERENCES
    text = capsys.readouterr().out
    said = json.loads(text)
    assert (said["format"], said["target"]) == (report.JSON_FORMAT, "simulator")
    assert said["count"] == {"same": 2, "differs": 1, "skipped": 1}
    answers = [[step.get("simple") for step in probe["steps"]] for probe in said["probes"]]
    assert answers[0][0]["value"] == "HOST ARN ACCOUNT"
    assert answers[1][1]["value"] == "failed"
    assert answers[2][2] == {"sqlstate": SUCCESS, "text": "UPDATE 1"}
    assert answers[2][3:] == [None] * 4, "it stops at the first difference"
    assert answers[3] == [None]
    secret = simulator.ready["credentials"]
    sent = text.replace(json.dumps(tells.sql)[1:-1], "")
    for name in (*simulator.endpoints[0].host.split(".")[:1], secret["access_key_id"], secret["secret_access_key"]):
        assert name not in sent
    assert not re.search(f"{OWN_SCHEMA}_[0-9a-f]{{8}}", text)


async def test_a_session_is_opened_again_after_it_was_lost(target: ProbeTarget) -> None:
    opened = []

    async def connect() -> Connection:
        opened.append(await open_connection(target.endpoint, target.user, target.tokens, verified_tls))
        return opened[-1]

    session = Conversation(connect)
    session.prelude = "SET search_path TO pg_catalog"
    assert await session.ask("SELECT pg_sleep(1)", deadline_s=0.05) == Answer(NO_ANSWER, "no answer within 0.05 s")
    for form in Form:
        assert (await session.ask("SHOW search_path", form)).value == "pg_catalog"
    assert len(opened) == 2
    await opened[-1].close()
    assert (await session.ask("SELECT 1")).sqlstate == NO_ANSWER
    assert (await session.ask("SELECT 1")).value == "1"
    await session.close()


async def test_copy_data_goes_along_in_both_forms(target: ProbeTarget) -> None:
    async def connect() -> Connection:
        return await open_connection(target.endpoint, target.user, target.tokens, verified_tls)

    session = Conversation(connect)
    assert (await session.ask("CREATE TABLE probe_copy (id int PRIMARY KEY)")).sqlstate == SUCCESS
    try:
        for number, form in enumerate(Form):
            answer = await session.ask("COPY probe_copy FROM STDIN", form, copy_data=f"{number}\n{number + 10}\n")
            assert answer == Answer(SUCCESS, "COPY 2")
        refused = await session.ask("COPY probe_copy FROM STDIN", copy_data="x\n")
        assert refused.sqlstate == "22P02"
    finally:
        await session.ask("DROP TABLE probe_copy")
        await session.close()


def test_without_create_on_the_database_it_says_so(simulator: RunningSimulator, target: ProbeTarget) -> None:
    account = simulator.aws.client("sts", region_name="us-east-1", endpoint_url=simulator.ready["aws_endpoint_url"])
    arn = account.get_caller_identity()["Arn"]
    with simulator.connect() as admin:
        admin.execute("CREATE ROLE prober WITH LOGIN")
        admin.execute(f"AWS IAM GRANT prober TO '{arn}'")
        try:
            with pytest.raises(NoOwnSchema, match=r"own schema dsqltui_probe_\w+ cannot be used: .*42501 permission"):
                command.run_probes(replace(target, user="prober"), [probe_of("version")], ReportFormat.TABLE)
        finally:
            admin.execute(f"AWS IAM REVOKE prober FROM '{arn}'")
            admin.execute("DROP ROLE prober")


def test_a_connection_that_fails_raises_and_holds_no_token(target: ProbeTarget) -> None:
    closed = replace(target.endpoint, port=1)
    with pytest.raises(ConnectFailed) as failed:
        command.run_probes(replace(target, endpoint=closed), [probe_of("version")], ReportFormat.TABLE)
    assert "X-Amz" not in str(failed.value)


# -- the command line


def test_the_list_shows_every_expectation_and_asks_nobody() -> None:
    listed = invoke("--list")
    assert listed.exit_code == 0
    _, *lines = listed.stdout.splitlines()
    assert [line.split()[1] for line in lines] == [probe.id for probe in command.all_probes()]
    assert sum(" guessed " in line for line in lines) >= sum(rule.evidence is Evidence.GUESSED for rule in RULES)
    (only,) = json.loads(invoke("--list", "--only", "version", "--format", "json").stdout)
    assert only["steps"] == [
        {
            "session": "A",
            "sent": "SELECT version()",
            "expected": {"sqlstate": SUCCESS, "value": "PostgreSQL 16"},
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "trunkate"), "no probe 'trunkate'; near: truncate"),
        (("--endpoint", "example.com"), "no Region in 'example.com'"),
        (("--endpoint", "a.dsql.us-east-1.on.aws"), "makes and drops a schema on a.dsql.us-east-1.on.aws"),
        (("--format", "xml"), "'xml' is not one of"),
    ],
)
def test_wrong_usage_is_status_2(arguments: tuple[str, ...], said: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_the_simulators_options_are_not_the_probes() -> None:
    result = CliRunner().invoke(cli, ["sim", "--ephemeral", "probe"], prog_name="dsqltui")
    assert result.exit_code == 2
    assert "--ephemeral is for the simulator and means nothing to probe" in result.output


def test_no_credentials_is_status_3() -> None:
    result = invoke("--endpoint", "a.dsql.us-east-1.on.aws", "--yes", "--only", "version")
    assert result.exit_code == command.NOT_CONNECTED
    assert "No AWS credentials were found" in result.stderr


def test_the_running_simulator_needs_no_yes(
    simulator: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    simulator_directory().mkdir(parents=True)
    (simulator_directory() / "ready.json").write_text(json.dumps(simulator.ready))
    result = invoke("--endpoint", simulator.endpoints[1].host, "--only", "version", "--only", "truncate")
    assert (result.exit_code, result.stderr) == (command.ALL_SAME, "")
    assert "2 probes: 2 same" in result.stdout


def test_without_an_endpoint_it_starts_a_simulator_of_its_own() -> None:
    result = invoke("--only", "first-committer-wins")
    assert result.exit_code == command.ALL_SAME
    assert "1 probes: 1 same" in result.stdout
    assert "starting a simulator for this once" in result.stderr


# -- what belongs to one cluster


def test_redaction() -> None:
    endpoint = Endpoint("abcdefghij.dsql.us-east-1.on.aws", "us-east-1", hostaddr="127.0.0.1")
    redaction = report.Redaction(endpoint, f"{OWN_SCHEMA}_0123abcd")
    for text, shown in (
        ('relation "dsqltui_probe_0123abcd.t" does not exist', 'relation "dsqltui_probe.t" does not exist'),
        ("user arn:aws:iam::444455556666:role/app, please", "user ARN, please"),
        ("at abcdefghij.dsql.us-east-1.on.aws:5432 (127.0.0.1)", "at HOST:5432 (ADDRESS)"),
        ("cluster abcdefghij", "cluster CLUSTER"),
        ("peer other.dsql.us-east-2.on.aws", "peer HOST"),
        ("account 444455556666", "account ACCOUNT"),
        ("1234567890123 rows", "1234567890123 rows"),
    ):
        assert redaction.text(text) == shown
