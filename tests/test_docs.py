"""README, ARCHITECTURE and docs/ name only what is there: files, commands with their options, keys, leader paths."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dsqltui.commands.program import cli
from dsqltui.ui.keys.keymap import ACTIONS, EDITING
from dsqltui.ui.words.help_text import chapters

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
"""Also those of subfolders."""
TEXTS = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md") if (ROOT / name).exists()),
    *PAGES,
]
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*"))
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"(?:\.ci|docs|sql|src|styles|tests)/[\w./-]*|[\w/-]+\.(?:py|tcss|toml)")
COMMAND = re.compile(r"(?:^|(?<=\s)|(?<=\())(?:\.venv/bin/)?dsqltui(?=\s|$)([^#|>;&)\n]*)")
LEADER = re.compile(r"Ctrl\+G((?: [\w$?])+)")
KEY = re.compile(r"(?:(?:Shift|Ctrl|Alt)\+)*(?:F\d+|[A-Z]|Home|End|Left|Right|Up|Down|Tab)")
EDITORS_OWN = {"ctrl+home", "ctrl+end", "tab", "home", "end", "up", "down", "left", "right"}
A_LAB_OF_YOUR_OWN = {"NN-id.toml", "01-mine.toml"}

each_text = pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(ROOT)))


def code_of(text: str) -> list[str]:
    """The lines of fenced code, and every piece between backquotes."""
    fenced = [re.split(r"(?:^|\s)#\s", line)[0] for block in FENCE.findall(text) for line in block.splitlines()]
    return [*fenced, *CODE.findall(FENCE.sub("", text))]


def is_there(name: str) -> bool:
    """At the top of the tree, or in the package, whose rooms the texts name without `src/dsqltui`.

    A name without a folder may be anywhere in it; NAME stands for one that a reader chooses.
    """
    if "NAME" in name:
        return True
    if "/" not in name and any((ROOT / "src").rglob(name)):
        return True
    return any((folder / name).exists() for folder in (ROOT, ROOT / "src" / "dsqltui"))


@each_text
def test_every_link_leads_to_a_file(file: Path) -> None:
    links = [link for link in LINK.findall(file.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (file.parent / link).exists()] == []


@each_text
def test_every_path_is_there(file: Path) -> None:
    paths = [code.rstrip("/") for code in code_of(file.read_text(encoding="utf-8")) if PATH.fullmatch(code)]
    assert [path for path in paths if not is_there(path) and path not in A_LAB_OF_YOUR_OWN] == []


def said_wrongly(text: str) -> str | None:
    """The first word behind `dsqltui` that is no command or option of it."""
    words = [word.strip("[].,:'\"") for word in re.sub(r"[\[|]", " ", text).split()]
    context = click.Context(cli)
    command: click.Command = cli
    if words and words[0] not in ("--help", "--version") and not re.fullmatch(r"[a-z][a-z-]*", words[0]):
        command = cli.get_command(context, "open") or cli  # a host, or an option of the console
    is_value = False
    for word in words:
        name = word.split("=")[0]
        if re.fullmatch(r"--?[a-z][\w-]*", name):
            known = {option: one for one in command.params for option in (*one.opts, *one.secondary_opts)}
            if name not in known and name not in ("--help", "--version"):
                return word
            option = known.get(name)
            is_value = isinstance(option, click.Option) and not option.is_flag and name == word
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+", word) and not is_value:
            found = command.get_command(context, word)
            if found is None:
                return word
            command = found
        else:
            is_value = False
    return None


@each_text
def test_every_command_is_one(file: Path) -> None:
    said = [found for code in code_of(file.read_text(encoding="utf-8")) for found in COMMAND.findall(code)]
    assert [(wrong, words) for words in said if (wrong := said_wrongly(words))] == []


def test_a_command_that_is_none_is_found() -> None:
    assert said_wrongly("exce --local") == "exce"
    assert said_wrongly("exec --lcoal") == "--lcoal"
    assert said_wrongly("clusters lits") == "lits"
    assert said_wrongly("HOST_A HOST_B [--usr ROLE]") == "--usr"
    assert said_wrongly("exec [HOST...|--local] [-c SQL]... [--format table|csv]") is None
    assert said_wrongly("sim [--ephemeral] [--regions us-east-1,us-east-2]") is None


@each_text
def test_every_leader_path_leads_somewhere(file: Path) -> None:
    leaders = {action.leader for action in ACTIONS if action.leader}
    paths = {
        found.replace(" ", "") for code in code_of(file.read_text(encoding="utf-8")) for found in LEADER.findall(code)
    }
    assert paths - leaders == set()


@each_text
def test_every_key_does_something(file: Path) -> None:
    ours = {key for action in ACTIONS for key in action.keys} | {key for key, _ in EDITING} | EDITORS_OWN
    keys = {code.lower() for code in code_of(file.read_text(encoding="utf-8")) if KEY.fullmatch(code) and len(code) > 1}
    assert keys - ours == set()


def cells_of_the_leader() -> Iterator[str]:
    """What docs/keys.md has between backquotes under The leader."""
    text = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    yield from CODE.findall(text.split("## The leader")[1].split("\n## ")[0])


def test_keys_md_has_every_leader_path_and_no_other() -> None:
    groups = {action.leader[0] for action in ACTIONS if len(action.leader) > 1}
    named = {cell.replace(" ", "") for cell in cells_of_the_leader()} - groups - {"Ctrl+G"}
    leaders = {action.leader for action in ACTIONS if action.leader}
    assert named | groups >= leaders, "add the new ones to docs/keys.md"
    assert named <= leaders


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 140


def test_every_page_is_listed() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    names = [page.relative_to(ROOT / "docs").as_posix() for page in PAGES]
    assert [name for name in names if name != "README.md" and f"]({name})" not in index] == []


def test_pictures_are_small_and_used() -> None:
    texts = "".join(file.read_text(encoding="utf-8") for file in TEXTS)
    assert [picture.name for picture in PICTURES if picture.stat().st_size > 100_000] == []
    assert [picture.name for picture in PICTURES if f"pictures/{picture.name}" not in texts] == []


def test_docs_lists_all_pages_and_prints_one() -> None:
    listed = CliRunner().invoke(cli, ["docs"], prog_name="dsqltui").output
    names = [page.relative_to(ROOT / "docs").as_posix().removesuffix(".md") for page in PAGES]
    assert [name for name in names if name != "README" and f"{name} " not in listed] == []
    assert str(ROOT / "docs") in listed
    assert CliRunner().invoke(cli, ["docs", "keys"], prog_name="dsqltui").output.startswith("# Keys\n")
    for name in ("clients/python", "clients/python.md", "python"):
        shown = CliRunner().invoke(cli, ["docs", name], prog_name="dsqltui").output
        assert shown.startswith("# Python and the simulator\n")


def test_a_page_that_is_not_there_is_told_with_the_nearest() -> None:
    result = CliRunner().invoke(cli, ["docs", "kyes"], prog_name="dsqltui")
    assert result.exit_code == 2
    assert "there is no page 'kyes'; did you mean 'keys'?" in result.output


def test_the_help_names_docs() -> None:
    assert chapters(())[-1].lines[0].key == "dsqltui docs"
