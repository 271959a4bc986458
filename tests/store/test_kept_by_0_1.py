"""What version 0.1 kept is read by this one: settings, history, texts of the editors, progress in the labs.

The files of kept_by_0_1/ were written by 0.1.0; config.toml has a value of every section that it had.
"""

import hashlib
import shutil
import sqlite3
from pathlib import Path

from dsqltui.core.kept.lab_progress import StepStatus
from dsqltui.store.buffers import BufferFile
from dsqltui.store.history import HistoryFile
from dsqltui.store.lab_progress import FileProgress
from dsqltui.store.settings_file import read_settings

KEPT = Path(__file__).parent / "kept_by_0_1"
HOSTS = ("a.dsql.us-east-1.on.aws", "b.dsql.us-east-2.on.aws")


def test_settings() -> None:
    settings = read_settings(KEPT / "config.toml").settings
    assert (settings.console.rows, settings.console.theme, settings.console.mouse) == (500, "light", False)
    assert not settings.editor.completion
    assert settings.guards.destructive_asks
    assert settings.guards.writes_need_transaction
    assert (settings.session.renew, settings.session.journal_files) == (False, 20)
    assert settings.history.limit == 500
    assert settings.results.price_per_million_dpu == 8.0
    assert (settings.aws.regions, settings.aws.token_lifetime_s) == (("us-east-1", "us-east-2"), 1800)
    assert settings.lab.language == "en"
    assert settings.keys == {"run": ("f5",)}
    assert settings.connections["shop"].role == "reports"
    assert settings.roles["reports"].session_name == "readonly"


async def test_history(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "history.sqlite") as old:
        old.executescript((KEPT / "history.sql").read_text(encoding="utf-8"))
    old.close()
    history = HistoryFile(tmp_path / "history.sqlite", limit=100)
    assert [(run.sql, run.pane, run.is_failed) for run in await history.find("")] == [("nn", "A", True)]
    history.close()


def test_texts_of_the_editors(tmp_path: Path) -> None:
    name = hashlib.sha256("\n".join(HOSTS).encode()).hexdigest()[:16]
    shutil.copy(KEPT / "buffers.json", tmp_path / f"{name}-1.json")
    file = BufferFile(tmp_path, HOSTS)
    restored = file.restore()
    file.close()
    assert restored is not None
    assert restored.panes["A"].text == "nn\n\nselect * from sys.jobs;"
    assert restored.panes["B"].text == "select * from sys.jobs;"


def test_progress_in_the_labs(tmp_path: Path) -> None:
    store = FileProgress(tmp_path, "cluster")
    shutil.copy(KEPT / "lab.json", store.path)
    progress = store.load()["getting-ready"]
    assert progress.at == "make-schema"
    assert progress.statuses["connect"] is StepStatus.PASSED
