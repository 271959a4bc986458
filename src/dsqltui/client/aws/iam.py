"""Makes the IAM role of an access plan, with permission, and looks at what there is. Blocking work goes to a thread."""

from dsqltui.client.aws.account import AwsAccount
from dsqltui.core.catalog.access import POLICY_NAME, AccessPlan, permission_policy, trust_policy


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
    done = f"IAM role {plan.iam_role} created"
    try:
        client.create_role(RoleName=plan.iam_role, AssumeRolePolicyDocument=trust_policy(plan))
    except client.exceptions.EntityAlreadyExistsException:
        done = f"IAM role {plan.iam_role} was there already; its trust is unchanged"
    client.put_role_policy(RoleName=plan.iam_role, PolicyName=POLICY_NAME, PolicyDocument=permission_policy(plan))
    return f"{done}; policy {POLICY_NAME} lets it connect to {len(plan.cluster_arns)} cluster(s)."
