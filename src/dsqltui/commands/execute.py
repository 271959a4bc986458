"""`dsqltui exec`: run SQL without the console."""

import gc
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsqltui.commands.as_role import as_option, become
from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.launch.target import TargetRequest, network_options, opened_target, target_options

if TYPE_CHECKING:
    from dsqltui.headless.script_run import Script

_FORMATS = ("table", "csv", "tsv", "json", "jsonl", "markdown")
_NAME = re.compile(r"[A-Za-z0-9_]+")


def _variables(_ctx: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    from dsqltui.core.psql.special_variables import NotSettable, checked

    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = _as_utf_8(text).partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise click.BadParameter(
                _("{text!r} is no NAME=VALUE with a name of letters, digits and underscores").format(text=text)
            )
        try:
            found[name] = checked(name, value).value
        except NotSettable as problem:
            raise click.BadParameter(str(problem)) from None
    return found


def _causes(_ctx: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    if names:
        from dsqltui.core.plans.doctor import RULES
        from dsqltui.core.plans.report import ANY_CAUSE, FULL_SCAN

        known = (FULL_SCAN, ANY_CAUSE, *(rule.id for rule in RULES))
        for name in names:
            if name not in known:
                raise click.BadParameter(_("{name!r} is none of: {known}").format(name=name, known=", ".join(known)))
    return names


@click.command("exec")
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@target_options
@network_options
@as_option
@click.option("--role", help="The same as --user.")
@click.option("--command", "-c", "commands", multiple=True, metavar="SQL", help="Run this; may be repeated.")
@click.option("--file", "-f", "files", multiple=True, metavar="FILE", help="Run a script, after -c; - is stdin.")
@click.option("--on", "side", type=click.Choice(["a", "b", "both"]), help="Where; a unless said, both to compare.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True, help="What results look like."
)
@click.option("--compare", "is_comparing", is_flag=True, help="Run on both; print what differs; exit with 5 if so.")
@click.option("--key", metavar="COLUMN,...", help="Compare by these columns instead of the primary key.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write results to this file.")
@click.option("--overwrite", is_flag=True, help="Replace the file of --output if there is one.")
@click.option("--retry", "retries", default=0, type=click.IntRange(0, 100), help="Begin again after a conflict.")
@click.option("--single-transaction", "-1", is_flag=True, help="Everything between one BEGIN and COMMIT.")
@click.option(
    "--variable", "-v", "variables", multiple=True, metavar="NAME=VALUE", callback=_variables, help="As \\set does."
)
@click.option(
    "--safe-csv", is_flag=True, help="With --format csv: cells that begin with = + - @ get an apostrophe before them."
)
@click.option("--lint", "is_linting", is_flag=True, help="Run nothing; say what Aurora DSQL may refuse. Needs no host.")
@click.option("--explain", "explains", is_flag=True, help="Explain instead of running; say why a plan is slow.")
@click.option("--analyze", "is_analyzed", is_flag=True, help="--explain: run them to be measured; writes are undone.")
@click.option(
    "--fail-on",
    "fail_on",
    multiple=True,
    metavar="CAUSE",
    callback=_causes,
    help="--explain: exit with 6 when a plan has it: full-scan, any-cause, or a rule's name; may be repeated.",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
def execute(
    hosts: tuple[str, ...],
    is_local: bool,
    user: str,
    profile: str | None,
    role: str | None,
    commands: tuple[str, ...],
    files: tuple[str, ...],
    side: str | None,
    form: str,
    is_comparing: bool,
    key: str | None,
    output: Path | None,
    overwrite: bool,
    retries: int,
    single_transaction: bool,
    variables: dict[str, str],
    safe_csv: bool,
    is_linting: bool,
    explains: bool,
    is_analyzed: bool,
    fail_on: tuple[str, ...],
    quiet: bool,
    as_role: str | None,
    **where: Any,
) -> None:
    """Run SQL and psql's backslash commands; without -c and -f, those of standard input.

    Results go to standard output, everything else to standard error. Statements are sent one by one, each in autocommit
    unless the script says BEGIN, and the first failure ends it (\\set ON_ERROR_STOP off goes on). With --on both, A
    runs everything first, then B.

    \b
    Exit status:
      0  all went well
      1  the server refused a statement, a command could not be done, or a transaction was left open
      2  wrong usage
      3  no connection, or it was lost
      4  a transaction lost a conflict (40001), also after --retry
      5  --compare: the results differ
      6  --explain: a plan has what --fail-on names
      7  --lint: something was found
      130  Ctrl+C
    """
    gc.disable()  # starting makes no garbage; `headless.execute` enables it when it is connected
    from dsqltui.core.formats import Format
    from dsqltui.core.psql import ExplainPlan
    from dsqltui.headless.exits import Exit

    if is_comparing and side in ("a", "b"):
        raise click.UsageError(_("--compare runs on both endpoints; omit --on"))
    if safe_csv and form != "csv":
        raise click.UsageError(_("--safe-csv is for --format csv"))
    if not explains and (is_analyzed or fail_on):
        raise click.UsageError(_("--analyze and --fail-on are for --explain"))
    if explains and (is_comparing or single_transaction):
        raise click.UsageError(_("--explain runs nothing that could be compared or committed; omit the other option"))
    if explains and form not in ("table", "json", "jsonl"):
        raise click.UsageError(_("--explain writes table, json or jsonl"))
    if is_comparing:
        side = "both"
    elif key:
        raise click.UsageError(_("--key is for --compare"))
    on = TargetRequest(hosts, is_local, role or user, profile, **where)
    scripts = scripts_of(commands, files)
    if is_linting:
        if explains or is_comparing or form not in ("table", "json"):
            raise click.UsageError(_("--lint runs nothing; it goes with -c, -f and --format json only"))
        from dsqltui.headless.linting import lint_scripts

        raise SystemExit(int(lint_scripts(scripts, Format(form))))
    reads_stdin = "-" in files or not (commands or files)
    try:
        with opened_target(on) as opened:
            target = become(opened, as_role, on.user)
            from dsqltui.headless.execute import ExecuteRequest, execute

            first, second = target.endpoints
            endpoints = {"a": (first,), "b": (second,), "both": (first, second)}[side or "a"]
            request = ExecuteRequest(
                scripts=scripts,
                endpoints=endpoints,
                user=target.user,
                cluster_endpoints=target.endpoints,
                form=Format.SAFE_CSV if safe_csv else Format(form),
                is_comparing=is_comparing,
                key=tuple(name.strip() for name in key.split(",")) if key else (),
                output=output,
                may_replace=overwrite,
                retries=retries,
                is_single_transaction=single_transaction,
                variables=variables,
                standard_input=None if reads_stdin else sys.stdin.buffer,
                is_quiet=quiet,
                explains=ExplainPlan(is_analyzed) if explains else None,
                fail_on=fail_on,
            )
            code = execute(request, target.tokens)
    except click.UsageError:
        raise
    except click.ClickException as problem:
        problem.show()
        code = Exit.NO_CONNECTION
    raise SystemExit(int(code))


def scripts_of(commands: tuple[str, ...], files: tuple[str, ...]) -> "list[Script]":
    """The texts of -c and -f, or of standard input. Raises click.UsageError."""
    from dsqltui.headless.script_run import Script

    commands = tuple(map(_as_utf_8, commands))
    scripts = [Script(text, "-c" if len(commands) == 1 else f"-c {n}") for n, text in enumerate(commands, 1)]
    for name in files or (() if commands else ("-",)):
        if name == "-":
            if sys.stdin.isatty() and not files:
                raise click.UsageError(_("give SQL with -c, a script with -f, or pipe one in"))
            scripts.append(Script(_text(sys.stdin.buffer.read(), _("standard input")), ""))
            continue
        scripts.append(_script_of(name))
    return scripts


def _script_of(name: str) -> "Script":
    from dsqltui.headless.script_run import Script

    try:
        path = Path(name).expanduser()
        if path.is_char_device() and not os.path.samefile(path, os.devnull) and not _is_terminal(path):
            raise click.UsageError(_("{name} cannot be read: it is a device, and may have no end").format(name=name))
        data = path.read_bytes()
        return Script(_text(data, name), name, path.resolve())
    except OSError as problem:
        said = f"{problem.strerror}"
    except (RuntimeError, ValueError) as problem:  # ~NAME of nobody; a NUL
        said = str(problem)
    raise click.UsageError(_("{name} cannot be read: {said}").format(name=one_line(name), said=said))


def _is_terminal(path: Path) -> bool:
    with path.open("rb", buffering=0) as file:
        return file.isatty()


def _as_utf_8(argument: str) -> str:
    """An argument as it was typed: Python has decoded it by the locale, which may know no letters."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeDecodeError as problem:
        shown = one_line(argument, 60)
        raise click.UsageError(
            _("{shown!r} holds a byte that is no UTF-8 (byte {start})").format(shown=shown, start=problem.start)
        ) from None


def _text(data: bytes, name: str) -> str:
    from dsqltui.core.scripts.script_text import ScriptUnreadable, decoded

    try:
        return decoded(data, name)
    except ScriptUnreadable as problem:
        raise click.UsageError(str(problem)) from None
