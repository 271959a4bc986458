"""`dsqltui docs`: the documentation that came with this installation, as text."""

from difflib import get_close_matches
from pathlib import Path

import click

from dsqltui.core.language import _
from dsqltui.resources import data

_INDEX = "README"


@click.command()
@click.argument("topic", required=False)
def docs(topic: str | None) -> None:
    """List the pages of documentation; with a TOPIC, print that page (Markdown).

    \b
    dsqltui docs                  the list
    dsqltui docs keys             every key of the console
    dsqltui docs labs | less      a pager of your choice
    """
    try:
        folder = data("docs")
    except FileNotFoundError as problem:
        raise click.ClickException(str(problem)) from None
    pages = _pages(folder)
    if topic is None:
        width = max(map(len, pages), default=0)
        for name, file in pages.items():
            click.echo(f"{name:<{width}}  {_title(file)}")
        click.echo(_("\ndsqltui docs TOPIC prints one. The files are in {folder}").format(folder=folder))
        return
    name = topic.removesuffix(".md")
    if name not in pages:  # "python" is enough for clients/python
        name = next((page for page in pages if page.rpartition("/")[2] == name), name)
    if name not in pages:
        near = get_close_matches(name, pages, 1)
        hint = _("did you mean {near!r}?").format(near=near[0]) if near else _("dsqltui docs lists them.")
        raise click.UsageError(_("there is no page {topic!r}; {hint}").format(topic=topic, hint=hint))
    click.echo(pages[name].read_text(encoding="utf-8"), nl=False)


def _pages(folder: Path) -> dict[str, Path]:
    """Every page by its path without `.md`: those of the folder first, then those of its subfolders."""
    files = sorted(folder.rglob("*.md"), key=lambda file: (len(file.relative_to(folder).parts), file))
    return {file.relative_to(folder).as_posix().removesuffix(".md"): file for file in files if file.stem != _INDEX}


def _title(file: Path) -> str:
    with file.open(encoding="utf-8") as lines:
        return next(lines, "").removeprefix("#").strip()
