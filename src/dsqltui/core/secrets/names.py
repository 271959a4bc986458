"""Which names stand for a secret: columns, settings, JSON keys, variables of the environment."""

import re
import unicodedata

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-zñ]+|\d+|[^\x00-\x7f]+")
_SECRET = re.compile(
    r"""(?:
        pass(?:word|wd|phrase|code)s? | passwort | pwd | psw
      | (?:db|my|user|root|admin|pg|mysql|redis|smtp|ftp|ldap|http|proxy|mail)pass
      | secrets? | secret(?:text|value|string|data)
      | token
      | (?:api|secret|secretaccess|private|signing|encryption|master|account|storage|shared|service|license|auth|session
         |ssh|deploy|webhook|access)key
      | credentials? | connectionstring | connstr | conninfo | dsn
      | authorization | privatekeypem | secretkeybase
      | パスワード | 暗証番号 | 秘密鍵 | トークン | 密码 | 密碼 | 口令 | 비밀번호 | contraseña | kennwort | senha
    )\d*\Z""",
    re.VERBOSE,
)
_SHORT = frozenset({"pw", "pass", "pgpass", "pin", "jwt"})
"""Only as a whole word of a name: `db_pass`, not `bypass`."""
_HARMLESS = re.compile(
    r"(?:client|next|page|pagination|continuation|idempotency|request|cancel|start|starting|sync|max|min|num|per|each)"
    r"token\Z"
)
_QUESTIONS = frozenset(
    "is has had needs uses no allow allows require requires required show reset forgot lost change changed with "
    "without ask valid invalid missing expired".split()
)
"""First words of names that ask about a secret and hold none: `has_password`."""
_NUMERIC = re.compile(r"(?:pass(?:word|wd|phrase|code)|pwd|pw|pass|pin)\d*\Z")


def is_secret_name(name: str) -> bool:
    """Whether what has this name is a secret: `password`, `db_passwd`, `SecretAccessKey`, `app.api_key`, `PGPASSWORD`.

    Names that only speak of one are not: `password_changed_at`, `access_key_id`, `has_password`, `client_token`.
    """
    words = _words(name)
    if not words or words[0] in _QUESTIONS:
        return False
    joined = "".join(words)
    if _HARMLESS.search(joined):
        return False
    return words[-1] in _SHORT or joined in _SHORT or _SECRET.search(joined) is not None


def is_numeric_secret(name: str) -> bool:
    """Whether a bare number under this name is the secret itself: a password or PIN, not a column of keys."""
    words = _words(name)
    return bool(words) and _NUMERIC.search("".join(words)) is not None


def _words(name: str) -> list[str]:
    """The words of the last part of a dotted name, in lower case."""
    name = name[-200:].rsplit(".", 1)[-1]
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)  # full-width letters of a Japanese keyboard
    return [word.lower() for word in _PARTS.findall(name)]
