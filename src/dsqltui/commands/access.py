"""`dsqltui access`: IAM policy, trust policy and SQL for a role that may use some tables."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click

from dsqltui.core.catalog.access import (
    ABOUT_PUBLIC,
    AccessPlan,
    aws_commands,
    cluster_arn,
    grants_of,
    permission_policy,
    rights_of,
    statements,
    text_of,
    trust_policy,
    undo_statements,
)
from dsqltui.core.language import _
from dsqltui.core.sessions.asking import NoAnswer, connected, rows_of
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.launch.target import Target, TargetRequest, network_options, opened_target, target_options
from dsqltui.resources import data

if TYPE_CHECKING:
    from dsqltui.core.catalog.access import Grants

_MAX_GRANTS = 100_000


@click.command()
@click.argument("hosts", nargs=-1, metavar="[HOST_A HOST_B]")
@target_options
@network_options
@click.option("--role", help="Database role to let in, such as reports.")
@click.option("--iam-role", help="IAM role that may connect as it, such as RewardsReadOnlyAccess.")
@click.option("--schema", help="Schema of the tables.")
@click.option(
    "--table", "tables", multiple=True, help="A table of the schema; default: all there are. May be repeated."
)
@click.option(
    "--right",
    "rights",
    multiple=True,
    default=("read",),
    show_default=True,
    help="read, write, or select, insert, update, delete. May be repeated.",
)
@click.option("--trust", "trusted", multiple=True, metavar="ARN", help="Who may assume the role; default: the account.")
@click.option("--account", help="AWS account; default: STS is asked.")
@click.option("--existing-role", "role_exists", is_flag=True, help="Leave CREATE ROLE out.")
@click.option("--create", is_flag=True, help="Make the IAM role through the API; asks first.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask.")
@click.option("--matrix", "is_matrix", is_flag=True, help="Show who can do what: roles and tables.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def access(
    hosts: tuple[str, ...],
    is_local: bool,
    user: str,
    profile: str | None,
    role: str | None,
    iam_role: str | None,
    schema: str | None,
    tables: tuple[str, ...],
    rights: tuple[str, ...],
    trusted: tuple[str, ...],
    account: str | None,
    role_exists: bool,
    create: bool,
    is_confirmed: bool,
    is_matrix: bool,
    is_json: bool,
    **where: Any,
) -> None:
    """Write what lets an IAM role use tables: IAM policy, trust policy, and the SQL for admin. Runs no SQL.

    \b
    dsqltui access --local --role reports --iam-role RewardsReadOnlyAccess --schema xpoints
    dsqltui access --local --matrix

    \b
    Exit status: 0 done, 1 AWS or the cluster refused, 2 wrong usage.
    """
    with opened_target(TargetRequest(hosts, is_local, user, profile, **where)) as target:
        if is_matrix:
            grants = _run(_grants(target))
            cells = [{"role": r, "table": t, "rights": rights} for (r, t), rights in sorted(grants.cells.items())]
            click.echo(json.dumps(cells, indent=2) if is_json else "\n".join(grants.lines()))
            return
        given = {"--role": role, "--iam-role": iam_role, "--schema": schema}
        if missing := [name for name, value in given.items() if not value]:
            raise click.UsageError(
                _("give {missing}, or --matrix to see who can do what").format(missing=", ".join(missing))
            )
        try:
            plan = _plan(
                target, role or "", iam_role or "", schema or "", tables, rights, trusted, account, role_exists
            )
        except ValueError as problem:
            raise click.UsageError(str(problem)) from None
        click.echo(_as_json(plan) if is_json else text_of(plan))
        if create and (
            is_confirmed
            or click.confirm(_("Create the IAM role {iam_role_arn}?").format(iam_role_arn=plan.iam_role_arn), err=True)
        ):
            from dsqltui.client.aws.iam import make_iam_role

            click.echo(_run(make_iam_role(target.tokens.account, plan, target.endpoints[0].region)), err=True)


def _plan(
    target: Target,
    role: str,
    iam_role: str,
    schema: str,
    tables: tuple[str, ...],
    rights: tuple[str, ...],
    trusted: tuple[str, ...],
    account: str | None,
    role_exists: bool,
) -> AccessPlan:
    from dsqltui.client.aws.iam import account_id

    number = account or _run(account_id(target.tokens.account, target.endpoints[0].region))
    arns = tuple(dict.fromkeys(cluster_arn(e.region, number, e.cluster_id) for e in target.endpoints))
    return AccessPlan(role, iam_role, number, arns, schema, tables, rights_of(rights), trusted, role_exists)


def _as_json(plan: AccessPlan) -> str:
    return json.dumps(
        {
            "policy": json.loads(permission_policy(plan)),
            "trust": json.loads(trust_policy(plan)),
            "aws": aws_commands(plan),
            "sql": statements(plan),
            "undo": undo_statements(plan),
            "notes": [ABOUT_PUBLIC.replace("-- ", "").replace("\n", " ").strip()] if plan.is_public else [],
        },
        indent=2,
    )


async def _grants(target: Target) -> "Grants":
    from dsqltui.client.engine import Engine
    from dsqltui.client.pg_session import PgSession

    with Engine() as engine:
        session = PgSession(engine, target.endpoints[0], target.user, target.tokens)
        query = (data("sql") / "catalog" / "table_grants.sql").read_text(encoding="utf-8")
        try:
            async with connected(session):
                return grants_of(await rows_of(session, query, limit=_MAX_GRANTS))
        except NoAnswer as reason:
            raise ConnectFailed(_("The cluster did not tell its grants: {reason}.").format(reason=reason)) from None


def _run(work: Any) -> Any:
    try:
        return asyncio.run(work)
    except ConnectFailed as failure:
        raise click.ClickException(str(failure)) from None
