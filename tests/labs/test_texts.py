"""What the labs' texts show as code is true: commands run, leader paths are there, documents are what is really made."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dsqltui.core.catalog.access import AccessPlan, permission_policy, trust_policy
from dsqltui.core.scripts.statement import split
from dsqltui.labs.files.load import read_labs, shipped_labs
from dsqltui.labs.model import AnswerQuiz, MakeIamRole
from dsqltui.labs.text import Text, filled
from dsqltui.ui.keys.keymap import ACTIONS
from support.servers.simulator import RunningSimulator

CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
LEADER = re.compile(r"Ctrl\+G((?: [A-Za-z0-9$?](?![A-Za-z]))+)")
ARNS = {
    "arn.a": "arn:aws:dsql:us-east-1:111122223333:cluster/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "arn.b": "arn:aws:dsql:us-east-2:111122223333:cluster/bbbbbbbbbbbbbbbbbbbbbbbbbb",
    "identity": "arn:aws:iam::111122223333:user/workshop",
}


def texts() -> Iterator[str]:
    """All of the labs', in both languages."""
    for lab in read_labs(shipped_labs()):
        told: list[Text | None] = [lab.title, lab.goal, lab.watch, lab.creates, lab.question.text, lab.question.answer]
        told += [need.say for need in lab.needs]
        for step in lab.steps:
            told += [step.say, step.hint, step.seen]
            asked = step.action.question if isinstance(step.action, AnswerQuiz) else step.predict
            told += [asked.text, asked.answer, *asked.choices] if asked is not None else []
        for text in told:
            if text is not None:
                yield text.en
                yield text.ja


def commands() -> set[str]:
    return {code for text in texts() for code in CODE.findall(text) if code.startswith("dsqltui ")}


ASKS = "dsqltui clusters "
"""Make and delete clusters after a question: tests/commands/test_clusters.py does both."""


@pytest.mark.parametrize("command", sorted(one for one in commands() if not one.startswith(ASKS)))
def test_every_command_runs(command: str, simulator: RunningSimulator) -> None:
    hosts = [f"{e.host}:{e.port}" for e in simulator.endpoints]
    where = ["--hostaddr", "127.0.0.1", "--hostaddr", "127.0.0.1", "--ca-file", simulator.ready["ca_file"]]
    words = [
        word for given in shlex.split(command)[1:] for word in ([*hosts, *where] if given == "--local" else [given])
    ]
    run = subprocess.run(
        [sys.executable, "-m", "dsqltui", *words],
        env={**os.environ, **simulator.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert run.returncode == 0, run.stderr


def test_every_leader_path_is_a_keys() -> None:
    paths = {found[1].strip() for text in texts() for found in LEADER.finditer(text)}
    known = {" ".join(action.leader) for action in ACTIONS if action.leader}
    assert paths
    assert paths - known == set()


def test_the_policies_that_are_shown_are_those_that_are_made() -> None:
    (lab,) = (lab for lab in read_labs(shipped_labs()) if lab.id == "roles")
    step = next(step for step in lab.steps if isinstance(step.action, MakeIamRole))
    plan = AccessPlan(
        "reports",
        lab.iam_roles[0],
        "111122223333",
        (ARNS["arn.a"], ARNS["arn.b"]),
        "xpoints",
        trusted=(ARNS["identity"],),
    )
    for said in (step.say.en, step.say.ja):
        shown = [json.loads(filled(block, ARNS)) for block in FENCE.findall(said)]
        assert shown == [json.loads(permission_policy(plan)), json.loads(trust_policy(plan))]


def test_blocks_are_closed_and_sql_in_them_is_whole_statements() -> None:
    for text in texts():
        assert text.count("```") % 2 == 0, text
        for block in FENCE.findall(text):
            if re.match(r"\s*(begin|select|insert|update|create)\b", block, re.IGNORECASE):
                assert split(block), block
