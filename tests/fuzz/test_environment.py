"""Whatever the environment holds: commands do their work, or end with a sentence and a status."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsqltui.client.connecting import verified_tls
from dsqltui.client.libpq_environment import forget
from dsqltui.client.roots import find_root_certificates
from dsqltui.commands.program import cli
from dsqltui.core.aws.endpoint import Endpoint, EndpointError, parse_endpoint
from dsqltui.core.sessions.session import ConnectFailed
from support.fuzzing import dice, has_traceback, odd_text, seeds

pytestmark = pytest.mark.timeout(1_200)
HOST = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws"
_NAMES = (
    "HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME LANG LC_ALL LC_MESSAGES LANGUAGE TZ TERM COLORTERM "
    "COLUMNS LINES NO_COLOR FORCE_COLOR EDITOR VISUAL PAGER SHELL TMPDIR PGSERVICE PGSSLMODE PGSSLROOTCERT PGOPTIONS "
    "PGCLIENTENCODING PGHOSTADDR PGCONNECT_TIMEOUT PGTZ PGDATESTYLE SSL_CERT_FILE SSL_CERT_DIR AWS_PROFILE AWS_REGION "
    "AWS_DEFAULT_REGION AWS_CONFIG_FILE AWS_ENDPOINT_URL HTTPS_PROXY NO_PROXY AWS_CA_BUNDLE TEXTUAL TEXTUAL_THEME "
    "DSQLTUI_PG_ROOT DSQLTUI_PG_BIN PSQLRC PSQL_EDITOR PYTHONWARNINGS"
).split()
_VALUES = (
    "", "/", "/nope", "/dev/null", "~", "~nobody-here/x", ".", "relative", "0", "-1", "99999999999999999999", "nonsense",
    "C", "ja_JP.UTF-8", "xterm-256color", "dumb", "http://[", ":", "\udcff", "a\nb", "\x1b[2J", "x" * 5_000, "%s%n", "${HOME}",
)  # fmt: skip
_COMMANDS = (
    ("config", "path"), ("config", "show"), ("config", "validate"), ("config", "keys"), ("token", HOST), ("lab", "list"),
    ("--help",), ("--version",), ("sim-faults",), ("connect", "x"), ("clusters", "list", "--regions", "nonsense region"),
)  # fmt: skip


def _environment(rng: random.Random) -> dict[str, str]:
    chosen = rng.sample(_NAMES, rng.randint(1, 4))
    return {
        name: rng.choice((rng.choice(_VALUES), odd_text(rng, _VALUES, 2)))[:6_000].replace("\0", "") for name in chosen
    }


@seeds()
def test_commands_in_process(cases: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "A")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    for seed in cases:
        rng = dice(seed, "environment")
        command = rng.choice(_COMMANDS)
        with monkeypatch.context() as patch:
            for name, value in _environment(rng).items():
                patch.setenv(name, value)
            done = runner.invoke(cli, command)
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                done.exception.add_note(f"seed {seed}, {command}")
                raise done.exception
            assert done.exit_code in (0, 1, 2), (seed, command)
            assert not has_traceback(done.output), (seed, command)
            _connection(seed)
        time.tzset()


def _connection(seed: int) -> None:
    """What is read of the environment for a connection."""
    try:
        find_root_certificates()
    except ConnectFailed as failure:
        assert "root certificates" in str(failure), seed
    forget()
    parameters = verified_tls(Endpoint(HOST, "us-east-1", ca_file="/x"), "admin", "t")
    assert (parameters["sslmode"], parameters["sslrootcert"]) == ("verify-full", "/x")


@seeds(quick=300, long=10_000, piece=5_000)
def test_hosts(cases: range) -> None:
    """Whatever is given for a host: an endpoint or a sentence that repeats no password."""
    pieces = (HOST, HOST.upper(), ":", "//", "postgresql:", "https:", "@", "hush-hush", ":hush-hush@", "?", "&", "sslmode=x",
              "password=hush-hush", "host=", " port=5", "[::1]", "arn:aws:dsql:us-east-1:1:cluster/", "/postgres", "．", "\u200b")  # fmt: skip
    for seed in cases:
        text = odd_text(dice(seed, "hosts"), pieces, 7)
        try:
            endpoint = parse_endpoint(text, region=dice(seed, "region").choice((None, "us-east-1")), user="admin")
        except EndpointError as problem:
            if ("hush-hush@" in text and ":hush" in text) or "password=" in text:
                assert str(problem).count("hush") <= text.count("hush")
            assert len(str(problem)) > 10, seed
        else:
            assert endpoint.host == endpoint.host.lower()
            assert 0 < endpoint.port < 65_536


@seeds(quick=6, long=200, piece=50)
def test_real_processes(cases: range, tmp_path: Path) -> None:
    for seed in cases:
        rng = dice(seed, "process")
        command = rng.choice(
            (
                *_COMMANDS,
                ("exec", HOST, "--hostaddr", "127.0.0.1", "-c", "select 1"),
                ("doctor", HOST, "--hostaddr", "127.0.0.1"),
            )
        )
        done = subprocess.run(
            [sys.executable, "-m", "dsqltui", *command],
            env={**os.environ, "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "b", **_environment(rng)},
            input=b"",
            capture_output=True,
            cwd=tmp_path,
            timeout=100,
            check=False,
        )
        shown = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode in (0, 1, 2, 3), (seed, command, shown)
        assert not has_traceback(shown), (seed, command, shown)
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("relative",)] == []
