"""Security Token Service, as far as it is needed: AssumeRole and GetCallerIdentity. Region does not matter to it."""

from collections.abc import Mapping

from dsqltui.sim.aws.account import ACCOUNT_ID, DEFAULT_SESSION_S
from dsqltui.sim.aws.call import AwsError, AwsFault, Call
from dsqltui.sim.aws.identity import AssumeRoleFailure, AssumeRoleRefused, IdentityStore
from dsqltui.sim.aws.query import Operation, Parameters, QueryService, XmlTree, check_known, number, required, timestamp

_VERSION = "2011-06-15"
_ASSUME_ROLE_PARAMETERS = {"RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId"}
_ASSUME_ROLE_FAULTS = {
    AssumeRoleFailure.ACCESS_DENIED: AwsFault.ACCESS_DENIED,
    AssumeRoleFailure.VALIDATION_ERROR: AwsFault.VALIDATION,
}


class Sts(QueryService):
    """The service over the simulator's identities."""

    def __init__(self, identities: IdentityStore) -> None:
        super().__init__(_VERSION, f"https://sts.amazonaws.com/doc/{_VERSION}/")
        self._identities = identities
        self._operations: Mapping[str, Operation] = {
            "AssumeRole": self._assume_role,
            "GetCallerIdentity": self._get_caller_identity,
        }

    def operation(self, action: str) -> Operation | None:
        return self._operations.get(action)

    async def _get_caller_identity(self, call: Call, _parameters: Parameters) -> XmlTree:
        return {"Arn": call.caller.arn, "UserId": call.caller.user_id, "Account": ACCOUNT_ID}

    async def _assume_role(self, call: Call, parameters: Parameters) -> XmlTree:
        # a session policy, MFA or tags would change what the session may do: refused, not ignored
        check_known(parameters, _ASSUME_ROLE_PARAMETERS)
        try:
            assumed = self._identities.assume_role(
                call.caller,
                required(parameters, "RoleArn"),
                required(parameters, "RoleSessionName"),
                number(parameters, "DurationSeconds", DEFAULT_SESSION_S),
                now=call.now,
            )
        except AssumeRoleRefused as refused:
            raise AwsError(_ASSUME_ROLE_FAULTS[refused.failure], str(refused)) from None
        return {
            "Credentials": {
                "AccessKeyId": assumed.key.access_key_id,
                "SecretAccessKey": assumed.key.secret_access_key,
                "SessionToken": assumed.session_token,
                "Expiration": timestamp(assumed.expiration),
            },
            "AssumedRoleUser": {"Arn": assumed.principal.arn, "AssumedRoleId": assumed.principal.user_id},
        }
