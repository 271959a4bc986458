"""Keeps secrets out of what is written to files: passwords and tokens that a person typed into SQL."""

import re

HIDDEN = "(hidden)"

_SECRETS = re.compile(
    r"""
    (?P<lead>\bpassword\s+)(?:[eE]?'(?:[^'\\]|''|\\.)*'?|(?P<tag>\$\w*\$).*?(?:(?P=tag)|\Z))  # ROLE ... PASSWORD '...'
   |(?P<setting>\bpassword\s*=\s*)[^\s'"]+                              # a connection string
   |(?P<url>\w://[^\s:/@'"]*:)[^\s@/'"]+(?=@)                            # user:password@host
   |(?P<signed>\bX-Amz-(?:Signature|Security-Token|Credential)=)[^&\s'"]+   # a connect token, or a part of one
   |(?P<key>\baws_(?:secret_access_key|session_token)\s*[=:]\s*)\S+
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def without_secrets(text: str) -> str:
    """`text` with the literal after PASSWORD, the signature of a token and secret keys replaced by "(hidden)"."""
    return _SECRETS.sub(lambda found: _kept(found) + HIDDEN, text)


def _kept(found: re.Match[str]) -> str:
    """What stands in front of the secret."""
    return next(found[name] for name in ("lead", "setting", "url", "signed", "key") if found[name])
