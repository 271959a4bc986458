"""`dsqltui storm`: many sessions, measured."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsqltui.commands.as_role import as_option, become
from dsqltui.core.language import _
from dsqltui.launch.target import Target, TargetRequest, network_options, opened_target, target_options

if TYPE_CHECKING:
    from dsqltui.core.storm.script import LoadScriptUnusable
    from dsqltui.core.transactions.retry import Backoff
    from dsqltui.runner.storm.storm import ScriptSource, StormRequest

_FORMATS = ("table", "json", "csv", "markdown")


@click.command("storm")
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@target_options
@network_options
@as_option
@click.option("--file", "-f", "files", multiple=True, metavar="FILE[@WEIGHT]", help="A pgbench script; repeatable.")
@click.option("--builtin", "-b", "builtins", multiple=True, metavar="NAME[@WEIGHT]", help="One of pgbench's own.")
@click.option(
    "--against", "-g", multiple=True, metavar="FILE[@WEIGHT]", help="A second design: both run in turn, A B A B."
)
@click.option("--rounds", default=2, show_default=True, type=click.IntRange(1, 100), help="Turns of each design.")
@click.option("--sessions", "-c", default=16, show_default=True, type=click.IntRange(1, 2000), help="On all endpoints.")
@click.option("--seconds", "-T", type=click.FloatRange(0.1, 86_400), help="How long each turn is; 10 unless said.")
@click.option("--transactions", "-t", type=click.IntRange(1), help="How many each turn begins.")
@click.option("--rate", "-R", type=click.FloatRange(0, min_open=True), help="Begin so many a second, come what may.")
@click.option("--retry", "retries", default=0, show_default=True, type=click.IntRange(0, 1000), help="After conflicts.")
@click.option("--retry-base", default=50.0, show_default=True, type=click.FloatRange(0), help="Longest first wait, ms.")
@click.option("--retry-cap", default=5000.0, show_default=True, type=click.FloatRange(0), help="Longest wait, ms.")
@click.option("--define", "-D", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of the scripts.")
@click.option("--scale", default=1, show_default=True, type=click.IntRange(1, 1000), help="For --init and :scale.")
@click.option("--init", "is_init", is_flag=True, help="Only make the tables of pgbench's own scripts.")
@click.option("--seed", type=int, help="The same random numbers each time.")
@click.option("--max-failed", type=click.IntRange(0), metavar="N", help="Exit with 4 when more are given up.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write the result to this file.")
@click.option("--overwrite", is_flag=True, help="Replace the file of --output if there is one.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask before running on AWS.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
def storm(
    hosts: tuple[str, ...],
    is_local: bool,
    user: str,
    profile: str | None,
    as_role: str | None,
    files: tuple[str, ...],
    builtins: tuple[str, ...],
    against: tuple[str, ...],
    rounds: int,
    sessions: int,
    seconds: float | None,
    transactions: int | None,
    rate: float | None,
    retries: int,
    retry_base: float,
    retry_cap: float,
    variables: tuple[str, ...],
    scale: int,
    is_init: bool,
    seed: int | None,
    max_failed: int | None,
    form: str,
    output: Path | None,
    overwrite: bool,
    is_confirmed: bool,
    quiet: bool,
    **where: Any,
) -> None:
    """Run pgbench scripts in many sessions on both endpoints; count commits and conflicts and find the hot rows.

    Scripts may use \\set with pgbench's expressions and random functions, \\sleep, \\gset and \\if. Sessions are shared
    out between the endpoints. Progress goes to standard error, the result to standard output. Ctrl+C ends it early,
    with the figures up to then. On AWS it asks first.

    \b
    dsqltui storm --local -f hot.sql --sessions 64 --seconds 10 --retry 3
    dsqltui storm --local -f hot.sql -g slots.sql          two designs, A B A B
    dsqltui storm --local --init; dsqltui storm --local -b tpcb-like

    \b
    Exit status:
      0  it ran
      1  errors other than conflicts, or connections lost meanwhile
      2  wrong usage, or a script that cannot be run
      3  no connection
      4  more than --max-failed transactions were given up
      130  Ctrl+C, SIGTERM or SIGHUP
    """
    from dsqltui.core.storm.script import LoadScriptUnusable
    from dsqltui.core.transactions.retry import Backoff
    from dsqltui.headless.exits import Exit

    on = TargetRequest(hosts, is_local, user, profile, **where)
    if is_init and (files or builtins or against):
        raise click.UsageError(_("--init only makes tables; run the scripts afterwards"))
    if not is_init and not (files or builtins):
        raise click.UsageError(_("give a pgbench script with -f, or one of pgbench's own with -b"))
    try:
        designs = () if is_init else _designs(files, builtins, against)
        defined = (("scale", str(scale)), *map(_variable, variables))
        backoff = Backoff(retry_base / 1e3, retry_cap / 1e3, retries + 1)
        if seconds is None and transactions is None:
            seconds = 10.0
        with opened_target(on) as opened:
            target = become(opened, as_role, on.user)
            if is_init:
                code = _init(target, scale, is_confirmed)
            else:
                request = _request(
                    target, designs, sessions, seconds, transactions, rounds, rate, backoff, seed, defined
                )
                code = _storm(target, request, is_confirmed, form, output, overwrite, max_failed, quiet)
    except click.UsageError:
        raise
    except LoadScriptUnusable as problem:
        raise _unusable(problem) from None
    except click.Abort:
        raise
    except click.ClickException as problem:
        problem.show()
        code = Exit.NO_CONNECTION
    raise SystemExit(int(code))


def _unusable(problem: "LoadScriptUnusable") -> click.UsageError:
    return click.UsageError(_("the scripts cannot be run:\n{problem}").format(problem=problem))


def _designs(
    files: tuple[str, ...], builtins: tuple[str, ...], against: tuple[str, ...]
) -> "tuple[tuple[ScriptSource, ...], ...]":
    from dsqltui.core.storm.builtin import builtin_script
    from dsqltui.core.storm.script import name_and_weight, read_load_script
    from dsqltui.runner.storm.storm import ScriptSource

    def built_in(text: str) -> ScriptSource:
        name, weight = name_and_weight(text)
        return ScriptSource(*builtin_script(name), weight)

    try:
        first = (*map(_source, files), *map(built_in, builtins))
        designs = (first, tuple(map(_source, against))) if against else (first,)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    for design in designs:
        if not any(source.weight for source in design):
            raise click.UsageError(_("all scripts have the weight 0; give one of them more"))
        for source in design:
            read_load_script(source.text, source.name)
    return designs


def _source(text: str) -> "ScriptSource":
    """A script file, by its name with or without a weight. Raises ValueError."""
    from dsqltui.core.scripts.script_text import ScriptUnreadable, decoded
    from dsqltui.core.storm.script import name_and_weight
    from dsqltui.runner.storm.storm import ScriptSource

    name, weight = (text, 1) if Path(text).is_file() else name_and_weight(text)
    path = Path(name).expanduser()
    try:
        if not path.is_file():
            raise ValueError(_("there is no file {name}").format(name=name))
        return ScriptSource(path.name, decoded(path.read_bytes(), name), weight)
    except OSError as problem:
        raise ValueError(_("{name} cannot be read: {reason}").format(name=name, reason=problem.strerror)) from None
    except ScriptUnreadable as problem:
        raise ValueError(str(problem)) from None


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise click.UsageError(
            _("{text!r} is no NAME=VALUE with a name of letters, digits and underscores").format(text=text)
        )
    return name, value


def _request(
    target: Target,
    designs: "tuple[tuple[ScriptSource, ...], ...]",
    sessions: int,
    seconds: float | None,
    transactions: int | None,
    rounds: int,
    rate: float | None,
    backoff: "Backoff",
    seed: int | None,
    variables: tuple[tuple[str, str], ...],
) -> "StormRequest":
    from dsqltui.runner.storm.storm import StormRequest

    names = [endpoint.region for endpoint in _endpoints(target)]
    if len(names) == 2 and names[0] == names[1]:
        names = [f"A {names[0]}", f"B {names[1]}"]
    return StormRequest(
        designs,
        tuple(names),
        sessions=sessions,
        seconds=seconds,
        transactions=transactions,
        rounds=rounds,
        rate=rate,
        backoff=backoff,
        seed=seed,
        variables=variables,
        is_simulator=target.simulator is not None,
    )


def _endpoints(target: Target) -> "list[Any]":
    """One host named once is one endpoint."""
    return list(dict.fromkeys(target.endpoints))


def _storm(
    target: Target,
    request: "StormRequest",
    is_confirmed: bool,
    form: str,
    output: Path | None,
    overwrite: bool,
    max_failed: int | None,
    quiet: bool,
) -> int:
    from dsqltui.headless.storm import StormJob, run_storm

    turns = request.rounds * len(request.designs) if len(request.designs) > 1 else 1
    question = request.plan(0).question([endpoint.host for endpoint in _endpoints(target)])
    _confirm(
        target,
        _("{question}{value} Begin?").format(
            question=question, value=_(" {turns} such turns.").format(turns=turns) if turns > 1 else ""
        ),
        is_confirmed,
    )
    job = StormJob(request, _endpoints(target), target.user, form, output, overwrite, max_failed, quiet)
    return run_storm(job, target.tokens)


def _init(target: Target, scale: int, is_confirmed: bool) -> int:
    from dsqltui.core.storm.builtin import initial_statements
    from dsqltui.headless.execute import ExecuteRequest, execute
    from dsqltui.headless.script_run import Script

    statements = list(initial_statements(scale))
    _confirm(
        target,
        _("This makes four tables and runs {count} transactions. Begin?").format(count=len(statements)),
        is_confirmed,
    )
    script = Script(";\n".join(statements) + ";", "--init")
    request = ExecuteRequest([script], target.endpoints[:1], target.user, retries=5, is_quiet=True)
    return execute(request, target.tokens)


def _confirm(target: Target, question: str, is_confirmed: bool) -> None:
    if target.simulator is not None or is_confirmed:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(_("nobody can be asked here; give --yes to run on AWS"))
    click.confirm(question, abort=True, err=True)
