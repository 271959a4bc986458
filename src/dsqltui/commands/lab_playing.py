"""Labs played for `dsqltui lab check`: without a screen, and by the keys of the screen; what came of it, in lines."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsqltui.core.language import _
from dsqltui.launch import lab_host
from dsqltui.launch.target import Target

if TYPE_CHECKING:
    from dsqltui.core.kept.lab_progress import LabProgress
    from dsqltui.labs.model import Lab
    from dsqltui.labs.runner import LabResult, StepResult


def check_by_keys(labs: "list[Lab]", chosen: "list[Lab]", ways: tuple[str, ...]) -> bool:
    """Play the labs in a terminal in these ways (n, f5, fresh); whether all are good. Raises click.ClickException."""
    from dsqltui.labs.runner import totals
    from dsqltui.probe.lab_by_keys import Way, played_fresh, played_in_one_session

    is_good = True
    for word, way in (("n", Way.NEXT), ("f5", Way.STATEMENTS), ("fresh", Way.FRESH)):
        if word not in ways:
            continue
        click.echo(f"-- {_(way.value)}")
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
                _("--by-keys reads the screen with the Python package pyte, which is not installed: pip install pyte")
            ) from None
        steps, checks = totals(results)
        good = sum(result.is_good for result in results)
        is_good = is_good and good == len(chosen)
        click.echo(
            _("{good} of {count} labs good: {steps} steps, {checks} checks, {took:.1f} s").format(
                good=good, count=len(chosen), steps=steps, checks=checks, took=time.monotonic() - started
            )
        )
    return is_good


def keep_result(folder: Path, student: str, one: "Lab", progress: "LabProgress") -> None:
    """Write a student's result.json below the folder. Raises click.ClickException."""
    from dsqltui.labs.reports.results import result_json, result_path
    from dsqltui.store.private_files import replace_private

    try:
        replace_private(result_path(folder, student, one), result_json(one, progress, student, time.time()))
    except OSError as problem:
        raise click.ClickException(
            _("{file} cannot be written: {reason}.").format(file=folder, reason=problem.strerror)
        ) from None


async def check_all(
    target: Target, labs: "list[Lab]", student: str, kept: "Callable[[Lab, LabProgress], None] | None"
) -> "list[LabResult]":
    """Play the labs without a screen; `kept` hears how each one ended. Raises click.ClickException."""
    from dsqltui.client.engine import Engine
    from dsqltui.client.roles import BotoRoles
    from dsqltui.core.journal.journal import Journal
    from dsqltui.core.sessions.session import ConnectFailed
    from dsqltui.labs.panes import HeadlessPanes
    from dsqltui.labs.runner import LabRunner
    from dsqltui.runner.statements.statement_runner import plain_runner

    endpoints = lab_host.endpoints_of(target)
    results: list[LabResult] = []
    with Engine() as engine:
        roles = BotoRoles(engine, target.endpoints, target.tokens, target.user)
        sessions = lab_host.SwitchedSessions(roles, endpoints)
        try:
            given = await lab_host.values_of(roles, endpoints, student)
        except ConnectFailed as failure:
            raise click.ClickException(str(failure)) from None
        journal, loads = Journal(), lab_host.loads_of(target, engine)
        panes = HeadlessPanes(sessions, journal, plain_runner)
        faults, iam = lab_host.faults_of(target), lab_host.iam_of(target)
        runner = LabRunner(panes, journal, sessions.base, faults, given, loads, iam)
        try:
            for one in labs:
                results.append(await runner.play(one, lambda step, one=one: _tell_step(one, step)))  # type: ignore[misc]
                _tell_lab(results[-1], one)
                if kept is not None and one.id in runner.progress:
                    kept(one, runner.progress[one.id])
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
