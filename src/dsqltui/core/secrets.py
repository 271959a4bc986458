"""Keeps secrets out of what is written to files: passwords and tokens that a person typed into SQL."""

import re

HIDDEN = "(hidden)"

_SECRETS = re.compile(
    r"""
    (?P<lead>\bpassword\s+)(?:[eE]?'(?:[^'\\]|''|\\.)*'?)              # CREATE ROLE ... PASSWORD '...'
   |(?P<signed>\bX-Amz-(?:Signature|Security-Token|Credential)=)[^&\s'"]+   # a connect token, or a part of one
   |(?P<key>\baws_(?:secret_access_key|session_token)\s*[=:]\s*)\S+
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def without_secrets(text: str) -> str:
    """`text` with the literal after PASSWORD, the signature of a token and secret keys replaced by "(hidden)"."""
    return _SECRETS.sub(lambda found: (found["lead"] or found["signed"] or found["key"]) + HIDDEN, text)
