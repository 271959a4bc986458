"""What a command loads: start-up time is paid for by imports, and floors hold at run time too."""

import subprocess
import sys

import pytest

HEAVY = ("textual", "rich", "boto3", "botocore", "psycopg", "cryptography", "h11")


def loaded_by(code: str) -> set[str]:
    """Top-level packages in sys.modules after running the code in a fresh interpreter."""
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('\\n'.join(sys.modules))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    return {name.split(".")[0] for name in out.splitlines()}


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["sim", "--help"], ["open", "--help"], ["config", "show"], ["config", "validate"]],
)
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    loaded = loaded_by(f"from dsqltui.commands.program import cli; cli({arguments!r}, prog_name='dsqltui')")
    assert loaded.isdisjoint(HEAVY)


def test_core_loads_no_client_library_and_no_screen() -> None:
    import_all = "import pkgutil, importlib, dsqltui.core as core; [importlib.import_module(m.name) for m in pkgutil.walk_packages(core.__path__, 'dsqltui.core.')]"
    assert loaded_by(import_all).isdisjoint(HEAVY)


def test_the_simulator_loads_neither_screen_nor_boto3_nor_psycopg() -> None:
    assert loaded_by("import dsqltui.sim.run").isdisjoint({"textual", "rich", "boto3", "psycopg"})


def test_the_client_loads_no_screen() -> None:
    code = "import dsqltui.client.pg_session, dsqltui.client.tokens, dsqltui.runner.statements.statement_runner"
    assert loaded_by(code).isdisjoint({"textual", "rich", "boto3"})


def test_signing_with_what_the_chain_finds_loads_no_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    code = (
        "import asyncio; from dsqltui.client.tokens import BotoTokens; from dsqltui.core.aws.endpoint import Endpoint; "
    )
    code += "asyncio.run(BotoTokens().token(Endpoint('a.dsql.us-east-1.on.aws', 'us-east-1'), 'admin'))"
    assert {"boto3", "s3transfer", "psycopg"}.isdisjoint(loaded := loaded_by(code))
    assert "botocore" in loaded


def test_who_talks_to_a_simulator_loads_no_simulator() -> None:
    code = "import sys, dsqltui.sim.aws.control_client, dsqltui.launch.lab_host; print('\\n'.join(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = {name for name in out.splitlines() if name.startswith(("dsqltui.sim.", "h11"))}
    assert loaded == {"dsqltui.sim.aws", "dsqltui.sim.aws.control_client", "dsqltui.sim.aws.control_paths"}


def test_exec_loads_only_what_its_statements_need() -> None:
    code = "import sys, dsqltui.commands.execute, dsqltui.headless.execute; print('\\n'.join(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    later = {
        *("dsqltui.runner.bulk.load_run", "dsqltui.runner.statements.copy_run", "dsqltui.headless.plan_reports"),
        *(
            "dsqltui.core.storm.heat",
            "dsqltui.core.cost.workload",
            "dsqltui.core.story.compare",
            "dsqltui.core.settings",
            "dsqltui.core.secrets",
        ),
    }
    assert not set(out.splitlines()) & later


def test_the_console_loads_only_what_the_first_frame_needs() -> None:
    stores = "dsqltui.store.journal_file, dsqltui.store.history, dsqltui.store.snippets, dsqltui.store.buffers"
    console = "dsqltui.commands.program, dsqltui.commands.open, dsqltui.launch.local_console, dsqltui.ui.app"
    code = f"import sys, {console}, {stores}, dsqltui.client.tokens; print('\\n'.join(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(out.splitlines())
    later = {
        *("psycopg", "botocore", "boto3", "h11", "sqlparse", "xml.sax", "importlib.resources"),
        *(
            "dsqltui.labs",
            "dsqltui.launch.lab_host",
            "dsqltui.runner.statements.statement_runner",
            "dsqltui.client.pg_session",
        ),
        *("dsqltui.core.psql", "dsqltui.core.formats", "dsqltui.core.completion", "dsqltui.core.transactions.conflict"),
        *(
            "dsqltui.core.secrets",
            "dsqltui.core.plans.report",
            "dsqltui.core.storm.heat",
            "dsqltui.core.catalog.relations",
        ),
        *(
            "dsqltui.core.story.timeline",
            "dsqltui.core.catalog.access",
            "dsqltui.core.catalog.jobs",
            "dsqltui.ui.features.sidebar.feature",
        ),
        *(
            "dsqltui.runner.answer_events",
            "dsqltui.ui.dialogs.help",
            "dsqltui.ui.extension.palette",
            "dsqltui.ui.features.sidebar.widget",
        ),
    }
    assert not loaded & later
    assert "dsqltui.ui.features.running" in loaded
