"""The border to AWS: whatever boto3, botocore, urllib3 or the operating system raises, in words of ours.

failure_of      any exception to ConnectFailed, with a symptom for `core.aws.diagnosis`
words_of        its type and message, without secrets
"""

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dsqltui.core.aws.diagnosis import Diagnosis, Symptom, diagnose
from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.text.safe_text import one_line

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_WORDS_LIMIT = 4_000
# Forty or more letters of base64, large and small ones and digits among them: a secret key or a session token. An
# answer that boto3 cannot use is repeated in its errors, and may have been meant for somebody who could.
_KEY_SHAPE = r"(?=[^\s\"'<>]*[a-z])(?=[^\s\"'<>]*[A-Z])(?=[^\s\"'<>]*[0-9])[A-Za-z0-9/+]{40,}=*"


def words_of(error: Exception) -> str:
    """`TypeName: message`. What a credential program wrote may stand in it, so secrets are taken out."""
    from botocore.parsers import ResponseParserError

    from dsqltui.core.secrets import HIDDEN, without_secrets  # only when something failed

    said = str(error).strip()
    if isinstance(error, ResponseParserError):
        said = said.partition("\n")[0]  # what follows is the whole answer, which may be of credentials
    said = re.sub(_KEY_SHAPE, HIDDEN, without_secrets(said))
    return f"{type(error).__name__}: {said[:_WORDS_LIMIT]}"


def code_of(error: "ClientError") -> str:
    """AWS's code for what it refused; empty when the answer had none, as from a proxy."""
    details: Any = error.response.get("Error") or {}
    return str(details.get("Code", ""))


def failure_of(
    error: Exception, *, profile: str | None = None, role_arn: str = "", caller_arn: str = "", proof: str = ""
) -> ConnectFailed:
    """The error as one sentence that says what to do. `proof` is what else was found out, on lines of its own.

    To be raised outside the handler, so that no exception of boto3's, which may hold secrets, comes along.
    """
    words = words_of(error)
    symptom = Symptom(words + proof, profile=profile or "", role_arn=role_arn, caller_arn=caller_arn)
    said = one_line(words.partition(": ")[2].rstrip("."), _WORDS_LIMIT) or type(error).__name__
    return ConnectFailed(_sentence(error, said, symptom), symptom=symptom)


def _sentence(error: Exception, said: str, symptom: Symptom) -> str:
    from botocore import exceptions as boto

    option = f" --profile {symptom.profile}" if symptom.profile else ""
    match error:
        case boto.NoCredentialsError():
            return _(
                "No AWS credentials were found, so no token can be signed; run `aws configure` or `aws "
                "sso login`, or set AWS_PROFILE, and connect again."
            )
        case boto.ProfileNotFound():
            return _(
                "{said}; see `aws configure list-profiles` for those there are, and pass one of them with --profile."
            ).format(said=said)
        case boto.SSOError() | boto.TokenRetrievalError():
            return _(
                "The AWS SSO session is missing or has expired ({said}); run `aws sso login{option}` and connect again."
            ).format(said=said, option=option)
        case boto.LoginError():
            return _(
                "The AWS login session is missing or has expired ({said}); run `aws login{option}` and connect again."
            ).format(said=said, option=option)
        case boto.PartialCredentialsError():
            return _("{said}; complete the credentials with `aws configure{option}` and connect again.").format(
                said=said, option=option
            )
        case boto.ClientError():
            role = symptom.role_arn
            return _("{value}: {said}.").format(
                value=_("The role {role} was not assumed").format(role=role) if role else _("AWS refused"), said=said
            )
        case boto.EndpointConnectionError() | boto.ConnectTimeoutError() | boto.ConnectionClosedError():
            return _("AWS's API cannot be reached: {said}; check the network, a proxy and AWS_ENDPOINT_URL.").format(
                said=said
            )
        case OSError(filename=name) if isinstance(name, str):
            return _(
                "{named_by} names the file {name}, which cannot be read ({reason}); correct it, then "
                "check with `aws sts get-caller-identity{option}`."
            ).format(named_by=_named_by(name, os.environ), name=name, reason=error.strerror, option=option)
    found = diagnose(symptom)
    if found is not None:
        return f"{_capital(found)} ({said}); {found.next_step}."
    return _(
        "AWS could not be asked, or the credentials for it not be read: {said} ({kind}); check "
        "with `aws sts get-caller-identity{option}`."
    ).format(said=said, kind=type(error).__name__, option=option)


def _capital(found: Diagnosis) -> str:
    cause = found.cause.rstrip(".")
    return cause[:1].upper() + cause[1:]


def _named_by(path: str, environment: Mapping[str, str]) -> str:
    """The environment variable that holds the path, else the configuration file."""
    variables = (name for name, value in environment.items() if name.startswith("AWS_") and value == path)
    return next(variables, _("The AWS configuration (~/.aws/config)"))
