"""Makes the IAM role of an access plan, with permission, and looks at what there is. Blocking work goes to a thread."""

from dsqltui.client.aws.account import AwsAccount
from dsqltui.core.catalog.access import POLICY_NAME, AccessPlan, permission_policy, trust_policy
from dsqltui.core.language import _


async def account_id(account: AwsAccount, region: str) -> str:
    """The 12 digits of the caller's account. Raises ConnectFailed."""
    return await account.asked(lambda: account.caller_arn(region).split(":")[4])


async def make_iam_role(account: AwsAccount, plan: AccessPlan, region: str) -> str:
    """Create the plan's IAM role, or give an existing one the policy; what was done, one sentence.

    The trust of a role that is there already is left alone. Raises ConnectFailed.
    """
    return await account.asked(lambda: _made(account, plan, region))


def _made(account: AwsAccount, plan: AccessPlan, region: str) -> str:
    client = account.client("iam", region)
    done = _("IAM role {iam_role} created").format(iam_role=plan.iam_role)
    try:
        client.create_role(RoleName=plan.iam_role, AssumeRolePolicyDocument=trust_policy(plan))
    except client.exceptions.EntityAlreadyExistsException:
        done = _("IAM role {iam_role} was there already; its trust is unchanged").format(iam_role=plan.iam_role)
    client.put_role_policy(RoleName=plan.iam_role, PolicyName=POLICY_NAME, PolicyDocument=permission_policy(plan))
    return _("{done}; policy {policy_name} lets it connect to {count} cluster(s).").format(
        done=done, policy_name=POLICY_NAME, count=len(plan.cluster_arns)
    )
