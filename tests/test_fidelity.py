"""FIDELITY.md names what is guessed, and nothing else under that heading."""

import re
from pathlib import Path

from dsqltui.sim.rules import messages
from dsqltui.sim.rules.examples.table import RULES
from dsqltui.sim.rules.messages import Evidence, Message

DOCUMENT = (Path(__file__).parents[1] / "FIDELITY.md").read_text(encoding="utf-8")
PLACEHOLDER = re.compile(r"\{\w+\}")


def families() -> list[Message]:
    """The messages as they are written down, with placeholders."""
    return [value for value in vars(messages).values() if isinstance(value, Message)]


def family_of(text: str, sqlstate: str) -> str:
    """The text with its placeholders, of which this is one filling."""
    found = [
        message.text
        for message in families()
        if message.sqlstate == sqlstate
        and re.fullmatch(".+".join(map(re.escape, PLACEHOLDER.split(message.text))), text)
    ]
    assert len(found) == 1, (text, found)
    return found[0]


def test_every_guessed_family_is_named_and_no_other() -> None:
    guessed = {message.text for message in families() if message.evidence is Evidence.GUESSED}
    guessed |= {family_of(rule.text, rule.sqlstate) for rule in RULES if rule.evidence is Evidence.GUESSED}
    section = DOCUMENT.split("## Guessed wordings")[1].split("Beside the rules:")[0]
    named = set(re.findall(r"`([^`]+)`", section)) - {"…", "dsqltui sim probe --list"}
    assert named == {PLACEHOLDER.sub("…", text) for text in guessed}


def test_evidence_is_explained() -> None:
    for evidence in Evidence:
        assert f"| {evidence.value} |" in DOCUMENT
