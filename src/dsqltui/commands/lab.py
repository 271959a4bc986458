"""`dsqltui lab`: labs listed, shown, played on screen, checked without one, written and validated."""

import asyncio
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsqltui.commands import lab_playing
from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.launch import lab_host
from dsqltui.launch.target import (
    LabRequest,
    TargetRequest,
    checked,
    on_simulator,
    opened_target,
    simulator_options,
    target_options,
)

if TYPE_CHECKING:
    from dsqltui.labs.model import Lab
    from dsqltui.labs.text import Language

_LANGUAGES = click.Choice(["en", "ja"])
_folder_option = click.option(
    "--dir",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Labs of your own: a folder with TOML files; default: those that come with dsqltui.",
)
_name_option = click.option(
    "--name",
    "student",
    default="",
    help="The student's name in a class: the labs' schema and roles have it appended, and so have the results.",
)
_results_option = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each lab's result.json below this folder.",
)
_language_option = click.option("--lang", type=_LANGUAGES, help="Language; default: the settings', then LANG's.")


@click.group()
def lab() -> None:
    """Labs: the Aurora DSQL workshop step by step, in both panes, checked.

    \b
    dsqltui lab list                    what there is
    dsqltui lab run 3 --local           do lab 3 on the simulator
    dsqltui lab check --local           prove that all labs work
    """


@lab.command("list")
@_folder_option
@_language_option
def list_labs(folder: Path | None, lang: str | None) -> None:
    """List the labs."""
    language = _language(lang)
    for one in _labs(folder):
        only = "  (--local)" if one.is_simulator_only else ""
        click.echo(f"{one.number:>2}  {one.id:<26} {len(one.steps):>2}  {one.title.of(language)}{only}")


@lab.command()
@click.argument("name")
@_folder_option
@_language_option
def show(name: str, folder: Path | None, lang: str | None) -> None:
    """Print a lab: its goal, and every step with its SQL."""
    from dsqltui.labs.model import RunSql

    language = _language(lang)
    one = _find(_labs(folder), name)
    click.echo(f"{one.number} {one.title.of(language)}\n\n{one.goal.of(language)}\n{one.watch.of(language)}")
    for index, step in enumerate(one.steps, 1):
        panes = "+".join(step.panes)
        click.echo(
            _("\n{index}. {id}{value}\n{of}").format(
                index=index, id=step.id, value=f" [{panes}]" if panes else "", of=step.say.of(language)
            )
        )
        if isinstance(step.action, RunSql):
            click.echo("\n" + "\n".join(f"    {line}" for line in step.action.sql.splitlines()))
    click.echo(f"\n? {one.question.text.of(language)}")
    for number, choice in enumerate(one.question.choices, 1):
        click.echo(f"  {number}) {choice.of(language)}")


@lab.command()
@click.argument("name", required=False, default="")
@click.argument("hosts", nargs=-1, metavar="[HOST_A HOST_B]")
@target_options
@simulator_options
@_folder_option
@_language_option
@_name_option
@_results_option
@click.option("--auto", "is_auto", is_flag=True, help="Play the lab by itself, for an audience.")
@click.option(
    "--pace", default=4.0, show_default=True, type=click.FloatRange(0.1, 600), help="Seconds between actions of --auto."
)
def run(
    name: str,
    hosts: tuple[str, ...],
    is_local: bool,
    user: str,
    profile: str | None,
    ready_file: Path | None,
    hostaddr: tuple[str, ...],
    ca_file: str | None,
    folder: Path | None,
    lang: str | None,
    student: str,
    results: Path | None,
    is_auto: bool,
    pace: float,
) -> None:
    """Open the console with a lab: its number or id; without one, with the list of labs."""
    from dsqltui.commands.config import settings_or_exit
    from dsqltui.core.settings.toml_text import overridden
    from dsqltui.labs.services import LIST
    from dsqltui.launch.local_console import open_console

    if "." in name:
        name, hosts = "", (name, *hosts)
    one = _find(_labs(folder), name) if name else None
    if is_auto and one is None:
        raise click.UsageError(_("--auto plays one lab; name it"))
    on = checked(TargetRequest(hosts, is_local, user, profile, hostaddr, ca_file=ca_file, ready_file=ready_file))
    settings = overridden(settings_or_exit().settings, "lab", language=lang)
    start = one.id if one is not None else LIST
    raise SystemExit(
        open_console(settings, on, LabRequest(folder, start, _student(student), results, pace if is_auto else None))
    )


@lab.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@target_options
@simulator_options
@_name_option
@_results_option
@click.option("--host", "hosts", multiple=True, help="A cluster's endpoint; give it twice, once for each Region.")
@_folder_option
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the results as JUnit XML.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Make the labs' objects on a cluster without asking.")
@click.option("--by-keys", is_flag=True, help="Play the console itself in a terminal, as a person does, by its keys.")
@click.option(
    "--way",
    "ways",
    multiple=True,
    type=click.Choice(["n", "f5", "fresh"]),
    help="With --by-keys: only these ways; default: all three.",
)
def check(
    names: tuple[str, ...],
    is_local: bool,
    user: str,
    profile: str | None,
    ready_file: Path | None,
    hostaddr: tuple[str, ...],
    ca_file: str | None,
    student: str,
    results: Path | None,
    hosts: tuple[str, ...],
    folder: Path | None,
    junit: Path | None,
    is_confirmed: bool,
    by_keys: bool,
    ways: tuple[str, ...],
) -> None:
    """Play labs without a screen: each step must fail before it is done and pass after.

    With --local on a fresh simulator that keeps nothing. What named labs build on is played too.

    --by-keys opens the console in a terminal of its own and does the labs by its keys: all in one session by n, all in
    one session statement by statement with F5, and each one where nothing was done before.

    \b
    Exit status: 0 all good, 1 a lab failed, 2 wrong usage.
    """
    from dsqltui.labs.files.load import shipped_labs
    from dsqltui.labs.reports.junit import junit_xml
    from dsqltui.labs.runner import totals
    from dsqltui.launch.simulator_process import passing_simulator

    chosen = _with_needed(_labs(folder, _student(student)), names)
    if by_keys:
        if hosts or ready_file:
            raise click.UsageError(_("--by-keys plays on simulators of its own; leave --host and --ready-file out"))
        raise SystemExit(0 if lab_playing.check_by_keys(_labs(folder), chosen, ways or ("n", "f5", "fresh")) else 1)
    if ways:
        raise click.UsageError(_("--way goes with --by-keys"))
    request = checked(TargetRequest(hosts, is_local, user, profile, hostaddr, ca_file=ca_file, ready_file=ready_file))
    if student:
        lab_host.write_own_files(folder or shipped_labs(), student)
    kept = partial(lab_playing.keep_result, results, student) if results is not None else None
    started = time.monotonic()
    if is_local:
        with passing_simulator() as access:
            played = asyncio.run(lab_playing.check_all(on_simulator(access, user), chosen, student, kept))
    else:
        is_simulator = ready_file is not None
        chosen = [one for one in chosen if is_simulator or not one.is_simulator_only]
        made = "\n".join(f"  {one.number:>2}  {one.creates.spoken}" for one in chosen if one.creates.en)
        if made and not is_confirmed and not is_simulator:
            click.confirm(
                _("On the cluster these labs make, and remove at their end:\n{made}\nGo on?").format(made=made),
                abort=True,
            )
        with opened_target(request) as target:
            played = asyncio.run(lab_playing.check_all(target, chosen, student, kept))
    if junit is not None:
        try:
            junit.write_bytes(junit_xml(played))
        except OSError as problem:
            raise click.ClickException(
                _("{junit} cannot be written: {reason}").format(junit=junit, reason=problem.strerror)
            ) from None
    steps, checks = totals(played)
    good = sum(result.is_good for result in played)
    click.echo(
        _("{good} of {count} labs good: {steps} steps, {checks} checks, {took:.1f} s").format(
            good=good, count=len(played), steps=steps, checks=checks, took=time.monotonic() - started
        )
    )
    raise SystemExit(0 if good == len(played) == len(chosen) else 1)


@lab.command()
@click.argument("file", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Write a new lab of two steps to FILE (NN-name.toml), to be changed."""
    from dsqltui.labs.files.template import TEMPLATE

    try:
        with open(file, "x", encoding="utf-8") as handle:
            handle.write(TEMPLATE)
    except FileExistsError:
        raise click.ClickException(_("{file} exists already; nothing was written.").format(file=file)) from None
    except OSError as problem:
        raise click.ClickException(
            _("{file} cannot be written: {reason}.").format(file=file, reason=problem.strerror)
        ) from None
    click.echo(_("{file}: change it, then: dsqltui lab validate {file}").format(file=file))
    _say_if_unreadable(file)


@lab.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
def validate(files: tuple[Path, ...]) -> None:
    """Check lab files; each mistake is a line with file, step and key. Exit status 1 when there are any."""
    is_good = True
    for file in files:
        is_good = _say_if_unreadable(file) and is_good
    raise SystemExit(0 if is_good else 1)


def _say_if_unreadable(file: Path) -> bool:
    from dsqltui.labs.files.across import problems_of_checks
    from dsqltui.labs.files.load import read_lab
    from dsqltui.labs.files.reading import LabUnreadable

    try:
        one = read_lab(file)
    except LabUnreadable as unreadable:
        click.echo(str(unreadable), err=True)
        return False
    others = {other.stem.partition("-")[2] for other in file.parent.glob("[0-9][0-9]-*.toml") if other.name < file.name}
    unknown = [id_ for id_ in one.after if id_ not in others]
    for id_ in unknown:
        click.echo(
            _("{file}: after: {id} is no lab with a lower number in this folder").format(file=file, id=repr(id_)),
            err=True,
        )
    problems = list(problems_of_checks(one))
    for problem in problems:
        click.echo(str(problem), err=True)
    for warning in one.warnings:
        click.echo(_("warning: {warning}").format(warning=warning), err=True)
    is_good = not unknown and not problems
    if is_good:
        said = _("{file}: OK; {count} steps, {check_count} checks, both languages")
        if one.warnings:
            said = _("{file}: OK; {count} steps, {check_count} checks, one language in places")
        click.echo(said.format(file=file, count=len(one.steps), check_count=one.check_count))
    return is_good


def _student(name: str) -> str:
    from dsqltui.labs.files.own_names import StudentNameUnusable, checked_student

    try:
        return checked_student(name) if name else ""
    except StudentNameUnusable as problem:
        raise click.BadParameter(str(problem), param_hint="--name") from None


@lab.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the page there: one HTML file.")
@click.option("--title", default="dsqltui labs", show_default=True, help="Title of the page.")
def collect(folder: Path, html: Path | None, title: str) -> None:
    """Gather a class's results: every result.json below DIR, as a table and as one HTML page.

    Exit status 1 when there is none.
    """
    from dsqltui.labs.reports.class_page import class_page, class_table
    from dsqltui.labs.reports.results import read_result
    from dsqltui.store.private_files import replace_private

    found = []
    for file in sorted(folder.rglob("result.json")):
        try:
            found.append(read_result(file.read_bytes()))
        except (OSError, ValueError) as problem:
            click.echo(f"{file}: {one_line(str(problem), 200)}", err=True)
    if not found:
        raise click.ClickException(
            _("{folder} holds no result.json; they come from: dsqltui lab run --results").format(folder=folder)
        )
    click.echo(class_table(found))
    if html is not None:
        try:
            replace_private(html, class_page(found, title).encode())  # names and answers of people
        except OSError as problem:
            raise click.ClickException(
                _("{file} cannot be written: {reason}.").format(file=html, reason=problem.strerror)
            ) from None


def _labs(folder: Path | None, student: str = "") -> "list[Lab]":
    from dsqltui.labs.files.load import read_labs, shipped_labs
    from dsqltui.labs.files.reading import LabUnreadable

    try:
        labs = read_labs(folder or shipped_labs(), student, str(lab_host.own_files_folder()) if student else "")
    except LabUnreadable as unreadable:
        raise click.ClickException(str(unreadable)) from None
    if not labs:
        raise click.ClickException(
            _("{folder} holds no labs (NN-name.toml); write one with: dsqltui lab new").format(folder=folder)
        )
    return labs


def _find(labs: "list[Lab]", name: str) -> "Lab":
    for one in labs:
        if name in (one.id, str(one.number), f"{one.number:02}", one.file.name):
            return one
    raise click.UsageError(_("{name!r} is no lab; see: dsqltui lab list").format(name=name))


def _with_needed(labs: "list[Lab]", names: tuple[str, ...]) -> "list[Lab]":
    """The named labs, all without names, and what they build on, in the order of their numbers."""
    if not names:
        return labs
    wanted = {_find(labs, name).id for name in names}
    for one in reversed(labs):
        if one.id in wanted:
            wanted.update(one.after)
    return [one for one in labs if one.id in wanted]


def _language(said: str | None) -> "Language":
    from dsqltui.commands.config import settings_or_exit
    from dsqltui.core.language import language
    from dsqltui.labs.text import preferred_language

    return preferred_language(said or settings_or_exit().settings.lab.language or language(), os.environ)
