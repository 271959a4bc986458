"""The snippets of docs/clients/, each in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[3] / "docs" / "clients"
BLOCK = re.compile(r"^```(python|js)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def snippets():
    for page in ("python.md", "node.md"):
        for number, (language, code) in enumerate(BLOCK.findall((PAGES / page).read_text(encoding="utf-8"))):
            yield pytest.param(language, code, id=f"{page}-{number}")


@pytest.mark.parametrize(("language", "code"), list(snippets()))
def test_a_snippet_runs(language, code):
    command = [sys.executable, "-c", code] if language == "python" else ["node", "--input-type=module", "-e", code]
    folder = os.environ["FOREIGN_NODE"] if language == "js" else None
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
