"""`dsqltui interleave`: every order of a few transactions, judged."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.launch.target import TargetRequest, checked, network_options, opened_target, target_options

if TYPE_CHECKING:
    from dsqltui.core.interleaving.spec import InterleavingSpec
    from dsqltui.runner.interleaving.exploring import ExploreOptions

_FORMATS = ("table", "json", "junit", "markdown")
_RULES = ("no-anomaly", "none-lost", "serial-after-retry")


@click.command("interleave")
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@target_options
@network_options
@click.option("--file-a", "-a", "file_a", metavar="FILE", help="Script of session A.")
@click.option("--file-b", "-b", "file_b", metavar="FILE", help="Script of session B.")
@click.option("--file-c", "-c", "file_c", metavar="FILE", help="Script of session C.")
@click.option("--file-d", "-d", "file_d", metavar="FILE", help="Script of session D.")
@click.option("--spec", "-f", "specs", multiple=True, metavar="SPEC", help="A spec's file or name; may be repeated.")
@click.option("--reset", metavar="FILE", help="Statements that bring the data back before each order.")
@click.option("--check", "checks", multiple=True, metavar="SQL", help="Query that shows the final state.")
@click.option("--ignore", "ignored", multiple=True, metavar="COLUMN", help="Column that is not compared.")
@click.option("--all", "is_all", is_flag=True, help="Every order of every statement, not one of each class.")
@click.option("--listed", "is_listed", is_flag=True, help="Only the orders that the spec lists (permutation).")
@click.option("--retry", "is_retrying", is_flag=True, help="Who loses begins again when the order is through.")
@click.option("--limit", default=2_000, show_default=True, type=click.IntRange(1, 1_000_000), help="Most orders.")
@click.option("--seed", default=1, show_default=True, help="Of the random sample, when there are more orders.")
@click.option(
    "--copies",
    default=0,
    type=click.IntRange(0, 4),
    help="Copies of a spec's data at work; 0: 1, or 4 for many orders.",
)
@click.option("--plain-begin", is_flag=True, help="Send BEGIN for isolation levels that Aurora DSQL refuses.")
@click.option("--way-out/--no-way-out", "finds_way_out", default=True, help="Try what removes an anomaly.")
@click.option("--expect", "rules", multiple=True, type=click.Choice(_RULES), help="Exit with 1 if it is not so.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True, help="What to print."
)
@click.option("--list", "is_listing", is_flag=True, help="List the specs that come with dsqltui.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Run on a cluster without asking.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def interleave(
    hosts: tuple[str, ...],
    is_local: bool,
    user: str,
    profile: str | None,
    file_a: str | None,
    file_b: str | None,
    file_c: str | None,
    file_d: str | None,
    specs: tuple[str, ...],
    reset: str | None,
    checks: tuple[str, ...],
    ignored: tuple[str, ...],
    is_all: bool,
    is_listed: bool,
    is_retrying: bool,
    limit: int,
    seed: int,
    copies: int,
    plain_begin: bool,
    finds_way_out: bool,
    rules: tuple[str, ...],
    form: str,
    is_listing: bool,
    is_confirmed: bool,
    quiet: bool,
    **where: Any,
) -> None:
    """Run the orders in which the statements of two to four transactions can arrive, and judge each.

    Sessions stand on the two endpoints in turn; with one HOST all of them on it. Without --reset the tables that the
    scripts write (or the spec makes) are put back as they were before each order. A spec with a setup gets a schema of
    its own, which is dropped in the end.

    \b
    dsqltui interleave --local -f write-skew
    dsqltui interleave --local -a pay.sql -b refund.sql --expect no-anomaly

    \b
    Exit status:
      0  done, and as expected
      1  not as expected, or the case cannot be run
      2  wrong usage
      3  no connection
      130  Ctrl+C, SIGTERM or SIGHUP; what was done is printed
    """
    from dsqltui.core.interleaving.spec import Expectation, SpecUnreadable, texts_of, with_plain_begins
    from dsqltui.headless.exits import Exit
    from dsqltui.runner.interleaving.exploring import ExploreOptions

    if is_listing:
        _list_specs()
        return
    if is_all and is_listed:
        raise click.UsageError(_("give either --all or --listed, not both"))
    files = {letter: name for letter, name in zip("ABCD", (file_a, file_b, file_c, file_d), strict=True) if name}
    if bool(files) == bool(specs):
        raise click.UsageError(_("give scripts with -a and -b, or a spec with -f; --list names those that come along"))
    try:
        cases = [_read_spec(name) for name in specs] or [_case_of(files)]
        resets = texts_of(_read(reset)) if reset else ()
        queries = tuple(text for check in checks for text in texts_of(check))
    except SpecUnreadable as problem:
        raise click.UsageError(str(problem)) from None
    options = ExploreOptions(is_all, is_listed, is_retrying, limit, seed, copies)
    made: list[tuple[InterleavingSpec, ExploreOptions]] = []
    for case in cases:
        spec = replace(case, reset=resets or case.reset, check=queries or case.check, ignored=(*case.ignored, *ignored))
        spec = with_plain_begins(spec) if plain_begin else spec
        if is_listed:
            made += _listed(spec, options)
        else:
            made.append((spec, replace(options, has_own_schema=bool(spec.setup))))
    request = TargetRequest(hosts, is_local, user, profile, **where)
    on = checked(request)
    if on.hosts and not is_confirmed:
        _confirm(on.hosts, made)
    try:
        with opened_target(request) as target:
            from dsqltui.headless.interleave import InterleaveRequest
            from dsqltui.headless.interleave import interleave as run

            asked = InterleaveRequest(
                made, target.endpoints, target.user, form, Expectation(rules), finds_way_out, quiet
            )
            code = run(asked, target.tokens)
    except click.UsageError:
        raise
    except click.ClickException as problem:
        problem.show()
        code = Exit.NO_CONNECTION
    raise SystemExit(int(code))


def _confirm(hosts: tuple[str, ...], made: "list[tuple[InterleavingSpec, ExploreOptions]]") -> None:
    from dsqltui.core.interleaving.scripts import written_tables
    from dsqltui.runner.interleaving.exploring import plan_of

    lines = []
    for spec, options in made:
        count = len(plan_of(spec, spec.sessions, options).orders)
        tables = ", ".join(written_tables(spec.sessions)) or _("no table")
        where = (
            _("in a schema of its own")
            if options.has_own_schema
            else _("changing and putting back {tables}").format(tables=tables)
        )
        lines.append(_("  {name}: about {count} orders, {where}").format(name=spec.name, count=count, where=where))
    what = one_line("; ".join(hosts), 200) + "\n" + "\n".join(one_line(line, 200) for line in lines)
    if not sys.stdin.isatty():
        raise click.UsageError(_("this runs on a cluster; add --yes if it may:\n{what}").format(what=what))
    click.confirm(_("On {what}\nGo on?").format(what=what), abort=True, err=True)


def _listed(spec: "InterleavingSpec", options: "ExploreOptions") -> "list[tuple[InterleavingSpec, ExploreOptions]]":
    """A case for each choice of steps that the spec's permutations make."""
    from dsqltui.core.interleaving.spec import Expectation

    groups: dict[tuple[tuple[str, ...], ...], list[Any]] = {}
    for one in spec.listed:
        groups.setdefault(tuple(tuple(s.sql for s in script.statements) for script in one.sessions), []).append(one)
    if not groups:
        raise click.UsageError(_("{name} lists no orders; omit --listed").format(name=one_line(spec.name)))
    cases = []
    for number, own in enumerate(groups.values(), 1):
        name = spec.name if len(groups) == 1 else f"{spec.name} ({number})"
        case = replace(spec, name=name, sessions=own[0].sessions, listed=tuple(own), expected=Expectation())
        cases.append((case, replace(options, has_own_schema=bool(spec.setup))))
    return cases


def _case_of(files: dict[str, str]) -> "InterleavingSpec":
    from dsqltui.core.interleaving.scripts import NotAScript, script_of
    from dsqltui.core.interleaving.spec import InterleavingSpec, SpecUnreadable, checked_sessions, isolation_notes

    if list(files) != list("ABCD"[: len(files)]) or len(files) < 2:
        raise click.UsageError(_("give the scripts of A and B with -a and -b; of a third and fourth with -c and -d"))
    try:
        sessions = checked_sessions(script_of(letter, _read(name)) for letter, name in files.items())
    except NotAScript as problem:
        raise SpecUnreadable(str(problem)) from None
    name = " and ".join(Path(file).name for file in files.values())
    return InterleavingSpec(name, sessions, notes=isolation_notes(sessions))


def _read_spec(name: str) -> "InterleavingSpec":
    from dsqltui.core.interleaving.spec import SpecUnreadable
    from dsqltui.core.interleaving.spec_file import read_spec
    from dsqltui.runner.interleaving.shipped import shipped_specs

    shipped = shipped_specs()
    if name in shipped and not Path(name).exists():
        return read_spec(name, shipped[name].read_text(encoding="utf-8"))
    try:
        return read_spec(Path(name).stem, _read(name))
    except SpecUnreadable as problem:
        raise SpecUnreadable(f"{one_line(name)}: {problem}") from None


def _read(name: str) -> str:
    from dsqltui.core.scripts.script_text import ScriptUnreadable, decoded

    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).expanduser().read_bytes()
        return decoded(data, name)
    except ScriptUnreadable as problem:
        raise click.UsageError(str(problem)) from None
    except (OSError, RuntimeError, ValueError) as problem:
        said = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise click.UsageError(_("{name} cannot be read: {said}").format(name=one_line(name), said=said)) from None


def _list_specs() -> None:
    from dsqltui.core.interleaving.spec_file import read_spec
    from dsqltui.runner.interleaving.shipped import shipped_specs

    for name, file in shipped_specs().items():
        click.echo(f"{name:<28} {read_spec(name, file.read_text(encoding='utf-8')).about}")
