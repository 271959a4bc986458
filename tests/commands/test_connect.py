"""`dsqltui connect NAME`: connections of the settings as targets."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from dsqltui.commands.connect import request_of
from dsqltui.core.settings.sections import ConnectionSettings
from dsqltui.launch.target import TargetRequest

HOSTS = ("a.dsql.us-east-1.on.aws", "b.dsql.us-east-2.on.aws")


def test_everything_a_connection_says_reaches_the_target() -> None:
    connection = ConnectionSettings(
        HOSTS, "reports", "dev", hostaddr=("10.0.0.1",), cluster_id=("c",), region=("eu-west-1",), ca_file="/ca.pem"
    )
    assert request_of("prod", connection) == TargetRequest(
        HOSTS, False, "reports", "dev", ("10.0.0.1",), ("c",), ("eu-west-1",), "/ca.pem"
    )


def test_a_connection_without_hosts() -> None:
    with pytest.raises(click.UsageError, match=r"\[connections.prod\] has no hosts"):
        request_of("prod", ConnectionSettings())


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("", "there are: none yet"),
        ('[connections.other]\nhosts = ["a.dsql.us-east-1.on.aws"]', "there are: other"),
        (
            '[connections.prod]\nhosts = ["a.dsql.us-east-1.on.aws"]\nrole = "ghost"',
            "there is no [roles.ghost]",
        ),
    ],
)
def test_what_is_not_in_the_settings_is_said(tmp_path: Path, settings: str, told: str) -> None:
    folder = tmp_path / "dsqltui"
    folder.mkdir()
    (folder / "config.toml").write_text(settings)
    run = subprocess.run(
        [sys.executable, "-m", "dsqltui", "connect", "prod"],
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert told in " ".join(run.stderr.split())
