"""Whatever stands in the files of a person's folders: read, or refused in a sentence; what is kept in them stays."""

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from dsqltui.commands.config import check_keys
from dsqltui.core.aws.start_choices import Recent, entries_of_recent
from dsqltui.core.journal.history import HistoryUnavailable
from dsqltui.core.kept.buffers import Buffer, Buffers, BuffersUnavailable
from dsqltui.core.kept.lab_progress import LabProgress
from dsqltui.core.scripts.snippets import SnippetsUnavailable
from dsqltui.core.settings.configured_roles import choices_of
from dsqltui.core.settings.sections import Settings
from dsqltui.core.settings.toml_text import SettingsWrong, shown, template
from dsqltui.labs.files.load import read_lab, shipped_labs
from dsqltui.labs.files.reading import LabUnreadable
from dsqltui.launch.simulator_process import running_simulator
from dsqltui.store.buffers import BufferFile
from dsqltui.store.history import HistoryFile
from dsqltui.store.journal_file import NewerFormat, read_journal
from dsqltui.store.lab_progress import FileProgress
from dsqltui.store.recent import read_recent, remember
from dsqltui.store.settings_file import SettingsUnreadable, read_settings, save_setting
from dsqltui.store.snippets import SnippetFolder
from support.fuzzing import dice, has_traceback, mutated, odd_text, seeds

pytestmark = pytest.mark.timeout(1_200)

SETTINGS = template().replace("\n#", "\n").encode()
_LINES = (
    '[console]\nrows = "x"\n', "rows = 1\n", "[keys]\nrun = 5\n", "[roles.x]\nrole_arn = 'y'\n", "[connections.\"é\"]\n",
    "hosts = [1]\n", "a = 1e999\n", "b = nan\n", "c = 1979-05-27T07:32:00Z\n", "[[console]]\n", "console = 1\n",
    "[aws]\nregions = ['\\u0000']\n", "x.y.z = {a = [[[]]]}\n", "\x00", "\ufeff", "d = '''\n", "e = 0xffffffffffffffffff\n",
    "[editor]\nkeep_texts = 1\n", "[roles.\"\"]\nduration_s = -1\n", "[keys]\n\"grid.copy_value\" = [\"ctrl+a\", \"\"]\n",
)  # fmt: skip


def _settings(rng: random.Random, file: Path) -> None:
    content = "".join(rng.choice(_LINES) for _ in range(rng.randint(1, 4))).encode()
    file.write_bytes(rng.choice((content, mutated(rng, content), mutated(rng, SETTINGS), b"[" * 100_000)))
    before = file.read_bytes()
    try:
        read = read_settings(file)
        check_keys(read)
        assert shown(read.settings)
        with contextlib.suppress(ValueError):
            choices_of(read.settings.roles)
        with contextlib.suppress(ValueError):
            save_setting("console", "theme", "dark", file)
            assert read_settings(file).settings.console.theme == "dark"
    except (SettingsUnreadable, SettingsWrong) as problem:
        assert str(file) in str(problem)
        assert not has_traceback(str(problem))
        assert file.read_bytes() == before


def _recent(rng: random.Random, file: Path) -> None:
    file.write_bytes(_json(rng, [{"hosts": ["a.b", "c.d"], "user": "admin", "profile": ""}]))
    entries_of_recent(read_recent(file))
    remember(Recent(("x.y",)), file)
    assert read_recent(file)[0].hosts == ("x.y",)


def _buffers(rng: random.Random, file: Path) -> None:
    folder = file.parent / f"buffers-{rng.random()}"
    store = BufferFile(folder, ["a"])
    store.restore()
    store.keep(Buffers(1.5, {"A": Buffer("select 1", 0), "B": Buffer("select 2", 3)}, "A"))
    store.close()
    (kept,) = (path for path in folder.iterdir() if path.suffix not in (".lock", ".damaged"))
    content = mutated(rng, kept.read_bytes())
    kept.write_bytes(content)
    store = BufferFile(folder, ["a"])
    try:
        store.restore()
    except BuffersUnavailable as problem:
        assert content in [path.read_bytes() for path in folder.iterdir()], "the text is kept"
        assert str(folder) in str(problem) or "cannot be read" in str(problem)
    finally:
        store.close()


def _progress(rng: random.Random, file: Path) -> None:
    progress = FileProgress(file.parent, "fuzz")
    progress.path.unlink(missing_ok=True)
    progress.save(LabProgress("one", "step"))
    content = (
        mutated(rng, progress.path.read_bytes())
        if rng.random() < 0.5
        else _json(rng, json.loads(progress.path.read_bytes()))
    )
    progress.path.write_bytes(content)
    try:
        progress.load()
    except ValueError as problem:
        assert str(progress.path) in str(problem)
        with pytest.raises(ValueError, match="fuzz"):
            progress.save(LabProgress("two", "step"))
        assert progress.path.read_bytes() == content


def _journal(rng: random.Random, file: Path) -> None:
    lines = [
        b'{"journal":1,"dsqltui":"1","started_s":1.5,"pid":3}',
        b'{"kind":"statement","pane":"A","sql":"select 1"}',
    ]
    file.write_bytes(mutated(rng, b"\n".join(lines * rng.randint(1, 3))))
    with contextlib.suppress(NewerFormat):
        read_journal(file)


def _history(rng: random.Random, file: Path) -> None:
    path = file.parent / f"history-{rng.random()}.sqlite"
    good = HistoryFile(path, limit=10)
    asyncio.run(good.find(""))
    good.close()
    path.write_bytes(mutated(rng, path.read_bytes()[: rng.choice((0, 50, 4_096, 100_000))] or b"x"))
    store = HistoryFile(path, limit=10)
    try:
        asyncio.run(store.find("x"))
    except HistoryUnavailable as problem:
        assert str(path) in str(problem)
    finally:
        store.close()


def _snippets(rng: random.Random, file: Path) -> None:
    folder = file.parent / f"snippets-{rng.random()}"
    folder.mkdir()
    (folder / "one.sql").write_bytes(mutated(rng, b"-- A title\nselect 1;\n"))
    (folder / f"{odd_text(rng, ('a', 'é')).replace('/', '').replace(chr(0), '')[:40]}.sql").write_bytes(
        rng.randbytes(40)
    )
    with contextlib.suppress(SnippetsUnavailable):
        SnippetFolder(folder).read()


def _ready_file(rng: random.Random, file: Path) -> None:
    folder = file.parent / "simulator"
    folder.mkdir(exist_ok=True)
    ready = {
        "pid": 2**22 + 1,
        "endpoints": [{"host": "a", "region": "r", "port": 1, "hostaddr": "127.0.0.1"}],
        "credentials": {"access_key_id": "A", "secret_access_key": "b"},
        "ca_file": "x",
        "aws_endpoint_url": "http://127.0.0.1:1",
    }
    (folder / "ready.json").write_bytes(_json(rng, ready))
    assert running_simulator(folder) is None


def _lab(rng: random.Random, file: Path) -> None:
    labs = sorted(shipped_labs().glob("*.toml"))
    file.write_bytes(mutated(rng, rng.choice(labs).read_bytes()))
    try:
        read_lab(file)
    except LabUnreadable as problem:
        assert str(problem)
        assert not has_traceback(str(problem))


def _json(rng: random.Random, value: object) -> bytes:
    """The value with parts of it replaced, or its text changed."""
    odd: list[object] = [None, 5, -1, 1e300, True, "", "x", [], {}, [None], {"a": 1}, 10**30, "\udcff"]

    def changed(part: object) -> object:
        if rng.random() < 0.15:
            return rng.choice(odd)
        if isinstance(part, dict):
            return {name: changed(inner) for name, inner in part.items() if rng.random() > 0.05}
        return [changed(inner) for inner in part] if isinstance(part, list) else part

    text = json.dumps(changed(value)).encode()
    return mutated(rng, text) if rng.random() < 0.3 else text


_KINDS: tuple[Callable[[random.Random, Path], None], ...] = (
    _settings, _settings, _settings, _recent, _buffers, _progress, _journal, _history, _snippets, _ready_file, _lab,
)  # fmt: skip


@seeds(quick=110, long=3_000, piece=500)
def test_whatever_stands_in_them(cases: range, tmp_path: Path) -> None:
    for seed in cases:
        rng = dice(seed, "files")
        try:
            _KINDS[seed % len(_KINDS)](rng, tmp_path / "file")
        except Exception as problem:
            problem.add_note(f"seed {seed}, {_KINDS[seed % len(_KINDS)].__name__}")
            raise


def test_the_settings_used_here_are_real() -> None:
    assert b"[console]" in SETTINGS
    assert Settings()
