"""`dsqltui lab`: labs listed, shown, played on screen, checked without one, written and validated."""

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsqltui.core.language import _
from dsqltui.launch.target import (
    LabRequest,
    Target,
    TargetRequest,
    checked,
    on_simulator,
    opened_target,
    target_options,
)

if TYPE_CHECKING:
    from dsqltui.labs.model import Lab
    from dsqltui.labs.runner import LabResult, StepResult
    from dsqltui.labs.text import Language

_LANGUAGES = click.Choice(["en", "ja"])
_folder_option = click.option(
    "--dir",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Labs of your own: a folder with TOML files; default: those that come with dsqltui.",
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
@_folder_option
@_language_option
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
    folder: Path | None,
    lang: str | None,
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
    on = checked(TargetRequest(hosts, is_local, user, profile))
    settings = overridden(settings_or_exit().settings, "lab", language=lang)
    start = one.id if one is not None else LIST
    raise SystemExit(open_console(settings, on, LabRequest(folder, start, pace if is_auto else None)))


@lab.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@target_options
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
    from dsqltui.labs.junit import junit_xml
    from dsqltui.labs.runner import totals
    from dsqltui.launch.simulator_process import passing_simulator

    chosen = _with_needed(_labs(folder), names)
    if by_keys:
        if hosts:
            raise click.UsageError("--by-keys plays on simulators of its own; leave --host out")
        raise SystemExit(0 if _check_by_keys(_labs(folder), chosen, ways or ("n", "f5", "fresh")) else 1)
    if ways:
        raise click.UsageError("--way goes with --by-keys")
    request = checked(TargetRequest(hosts, is_local, user, profile))
    started = time.monotonic()
    if is_local:
        with passing_simulator() as access:
            results = asyncio.run(_check(on_simulator(access, user), chosen))
    else:
        chosen = [one for one in chosen if not one.is_simulator_only]
        made = "\n".join(f"  {one.number:>2}  {one.creates.en}" for one in chosen if one.creates.en)
        if made and not is_confirmed:
            click.confirm(
                _("On the cluster these labs make, and remove at their end:\n{made}\nGo on?").format(made=made),
                abort=True,
            )
        with opened_target(request) as target:
            results = asyncio.run(_check(target, chosen))
    if junit is not None:
        try:
            junit.write_bytes(junit_xml(results))
        except OSError as problem:
            raise click.ClickException(
                _("{junit} cannot be written: {reason}").format(junit=junit, reason=problem.strerror)
            ) from None
    steps, checks = totals(results)
    good = sum(result.is_good for result in results)
    click.echo(
        _("{good} of {count} labs good: {steps} steps, {checks} checks, both languages complete, {took:.1f} s").format(
            good=good, count=len(results), steps=steps, checks=checks, took=time.monotonic() - started
        )
    )
    raise SystemExit(0 if good == len(results) == len(chosen) else 1)


def _check_by_keys(labs: "list[Lab]", chosen: "list[Lab]", ways: tuple[str, ...]) -> bool:
    from dsqltui.labs.runner import totals
    from dsqltui.probe.lab_by_keys import Way, played_fresh, played_in_one_session

    is_good = True
    for word, way in (("n", Way.NEXT), ("f5", Way.STATEMENTS), ("fresh", Way.FRESH)):
        if word not in ways:
            continue
        click.echo(f"-- {way.value}")
        started = time.monotonic()
        try:
            if way is Way.FRESH:
                results = played_fresh(chosen, _tell_step, lambda one, result: _tell_lab(result, one), labs)
            else:
                results = played_in_one_session(
                    chosen, way, _tell_step, lambda one, result: _tell_lab(result, one), labs
                )
        except ImportError:
            raise click.ClickException(
                "--by-keys reads the screen with the Python package pyte, which is not installed: pip install pyte"
            ) from None
        steps, checks = totals(results)
        good = sum(result.is_good for result in results)
        is_good = is_good and good == len(chosen)
        click.echo(
            f"{good} of {len(chosen)} labs good: {steps} steps, {checks} checks, {time.monotonic() - started:.1f} s"
        )
    return is_good


@lab.command()
@click.argument("file", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Write a new lab of two steps to FILE (NN-name.toml), to be changed."""
    from dsqltui.labs.template import TEMPLATE

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
    from dsqltui.labs.load import read_lab
    from dsqltui.labs.reading import LabUnreadable

    try:
        one = read_lab(file)
    except LabUnreadable as unreadable:
        click.echo(str(unreadable), err=True)
        return False
    click.echo(
        _("{file}: OK; {count} steps, {check_count} checks, both languages").format(
            file=file, count=len(one.steps), check_count=one.check_count
        )
    )
    return True


async def _check(target: Target, labs: "list[Lab]") -> "list[LabResult]":
    from dsqltui.client.engine import Engine
    from dsqltui.client.roles import BotoRoles
    from dsqltui.core.journal.journal import Journal
    from dsqltui.core.sessions.session import ConnectFailed
    from dsqltui.labs.panes import HeadlessPanes
    from dsqltui.labs.runner import LabRunner
    from dsqltui.launch import lab_host
    from dsqltui.runner.statements.statement_runner import plain_runner

    endpoints = lab_host.endpoints_of(target)
    results: list[LabResult] = []
    with Engine() as engine:
        roles = BotoRoles(engine, target.endpoints, target.tokens, target.user)
        sessions = lab_host.SwitchedSessions(roles, endpoints)
        try:
            given = await lab_host.values_of(roles, endpoints)
        except ConnectFailed as failure:
            raise click.ClickException(str(failure)) from None
        journal = Journal()
        panes = HeadlessPanes(sessions, journal, plain_runner)
        runner = LabRunner(panes, journal, sessions.base, lab_host.faults_of(target), given)
        try:
            for one in labs:
                results.append(await runner.play(one, lambda step, one=one: _tell_step(one, step)))  # type: ignore[misc]
                _tell_lab(results[-1], one)
                if not results[-1].is_good:
                    break
            for one in reversed(labs[: len(results)]):
                if one.keeps:
                    trouble = await runner.reset(one)
                    if trouble:
                        results[labs.index(one)].trouble = trouble
                        click.echo(f"{one.id}: {trouble}", err=True)
        except ConnectFailed as failure:
            raise click.ClickException(str(failure)) from None
        finally:
            await runner.close()
    return results


def _tell_step(one: "Lab", step: "StepResult") -> None:
    if step.trouble:
        click.echo(
            _("{name}: step {step!r}: {trouble}").format(name=one.file.name, step=step.step, trouble=step.trouble),
            err=True,
        )


def _tell_lab(result: "LabResult", one: "Lab") -> None:
    if result.trouble:
        click.echo(f"{one.file.name}: {result.trouble}", err=True)
    word = _("good") if result.is_good else _("FAILED")
    click.echo(
        _("{number:>2}  {id:<26} {count:>2} steps {check_count:>3} checks {duration_s:>6.1f} s  {word}").format(
            number=one.number,
            id=one.id,
            count=len(result.steps),
            check_count=result.check_count,
            duration_s=result.duration_s,
            word=word,
        )
    )


def _labs(folder: Path | None) -> "list[Lab]":
    from dsqltui.labs.load import read_labs, shipped_labs
    from dsqltui.labs.reading import LabUnreadable

    try:
        labs = read_labs(folder or shipped_labs())
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
    from dsqltui.labs.text import preferred_language

    return preferred_language(said or settings_or_exit().settings.lab.language, os.environ)
