"""A host as people have it at hand: a name, a URL, psql's words, an ARN; taken apart, nothing looked up.

HostText     what the text says
read_host    text to HostText; raises HostTextError with a sentence that repeats no password
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line

RIGHT_FORM = "write it as <cluster-id>.dsql.<region>.on.aws"
_SHOWN_LIMIT = 120

_URL = re.compile(r"(?:jdbc:)?(?:aws-dsql:)?(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_DATABASE_SCHEMES = frozenset({"postgres", "postgresql", "jdbc", "aws-dsql"})
_SCHEMES = _DATABASE_SCHEMES | {"https", "tcp"}
_ARN = re.compile(r"arn:aws[a-z-]*:dsql:(?P<region>[a-z0-9-]+):\d*:cluster/(?P<id>[a-z0-9]{26})", re.IGNORECASE)
_CLUSTER_ID = re.compile(r"[a-z0-9]{26}", re.IGNORECASE)
_CONNINFO = re.compile(
    r"\s*(?P<key>[a-z_]+)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s']*))\s*", re.IGNORECASE
)
_CONNINFO_START = re.compile(r"\s*(?:host|hostaddr|port|user|dbname|sslmode)\s*=", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)
_PORT = re.compile(r"[0-9]{1,5}")
_DATABASE = "postgres"
_OPTIONS = {"hostaddr": "--hostaddr", "sslrootcert": "--ca-file", "options": "--cluster-id"}
"""What has an option of its own here."""


class HostTextError(ValueError):
    """The text names no host; the message says what to write."""


@dataclass(frozen=True, slots=True)
class HostText:
    """What the text says; empty is unsaid."""

    host: str = ""
    """A name in small letters."""
    port: int = 5432
    user: str = ""
    region: str = ""
    """Of an ARN."""
    cluster_id: str = ""
    """Of an ARN, or alone: then there is no host."""


def shown(text: str) -> str:
    """The text for a message, without what may be a password."""
    clean = re.sub(r"(://|^)([^/:@\s]*):.*@", r"\1\2:(hidden)@", text)
    clean = re.sub(r"(?i)(password\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&]+)", r"\1(hidden)", clean)
    return repr(one_line(clean, _SHOWN_LIMIT))


def read_host(text: str) -> HostText:
    """Take a host apart. Raises HostTextError."""
    bare = _unwrapped(text)
    if found := _ARN.fullmatch(bare):
        return HostText(region=found["region"].lower(), cluster_id=found["id"].lower())
    if bare.lower().startswith("arn:"):
        raise HostTextError(
            _("{text} is no ARN of a cluster; {right_form}").format(text=shown(text), right_form=RIGHT_FORM)
        )
    if _CLUSTER_ID.fullmatch(bare):
        return HostText(cluster_id=bare.lower())
    if _CONNINFO_START.match(bare):
        return _of_conninfo(text, bare)
    if found := _URL.fullmatch(bare):
        return _of_url(text, found["scheme"].lower(), found["rest"])
    name, slash, path = bare.partition("/")
    if path.strip("/"):
        raise HostTextError(_("{text} holds a path; {right_form}").format(text=shown(text), right_form=RIGHT_FORM))
    return _of_authority(text, name) if name or not slash else _of_authority(text, bare)


def _unwrapped(text: str) -> str:
    """Without blanks, quotes and brackets around it, as text is copied from a page or a shell."""
    bare = text.strip().strip("\ufeff\u200b\u2060")
    for opening, closing in ("''", '""', "``", "<>", "“”", "‘’"):
        if len(bare) > 1 and bare[0] == opening and bare[-1] == closing:
            bare = bare[1:-1].strip()
    return bare.rstrip(",;") if bare.rstrip(",;") else bare


def _of_url(text: str, scheme: str, rest: str) -> HostText:
    if scheme not in _SCHEMES:
        raise HostTextError(
            _("{text} is a URL of another kind ({scheme}); {right_form}").format(
                text=shown(text), scheme=scheme, right_form=RIGHT_FORM
            )
        )
    try:
        parts = urlsplit(f"//{rest}")
    except ValueError:
        raise HostTextError(
            _("{text} is no URL; {right_form}").format(text=shown(text), right_form=RIGHT_FORM)
        ) from None
    database = unquote(parts.path.strip("/"))
    if scheme in _DATABASE_SCHEMES:
        _check_database(text, database)
    if database and scheme not in _DATABASE_SCHEMES:
        raise HostTextError(_("{text} holds a path; {right_form}").format(text=shown(text), right_form=RIGHT_FORM))
    parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    _check_parameters(text, parameters)
    if parts.query and not parameters:
        raise HostTextError(
            _("{text} has parameters that are none; {right_form}").format(text=shown(text), right_form=RIGHT_FORM)
        )
    account, at, address = parts.netloc.rpartition("@")
    user, colon, _unused = account.partition(":")
    if colon or "password" in parameters:
        raise HostTextError(_no_password(text))
    named = _of_authority(text, address or parameters.get("host", ""))
    user = unquote(user) if at else parameters.get("user", "")
    return HostText(named.host, _port(text, parameters["port"]) if "port" in parameters else named.port, user)


def _of_conninfo(text: str, bare: str) -> HostText:
    values: dict[str, str] = {}
    at = 0
    while at < len(bare):
        found = _CONNINFO.match(bare, at)
        if found is None or found.end() == at:
            raise HostTextError(
                _("{text} is no list of NAME=VALUE; {right_form}").format(text=shown(text), right_form=RIGHT_FORM)
            )
        quoted = found["quoted"]
        values[found["key"].lower()] = found["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        at = found.end()
    if "password" in values:
        raise HostTextError(_no_password(text))
    _check_parameters(text, values)
    _check_database(text, values.get("dbname", ""))
    named = _of_authority(text, values.get("host", ""))
    return HostText(
        named.host, _port(text, values["port"]) if values.get("port") else named.port, values.get("user", "")
    )


def _check_parameters(text: str, parameters: Mapping[str, str] | Iterable[str]) -> None:
    """What says how to connect is said by options here; what says how TLS is to be checked is not taken: it always
    is, in full."""
    for name in parameters:
        if option := _OPTIONS.get(name):
            raise HostTextError(
                _("{text} says {name}; give the host alone, and {option}").format(
                    text=shown(text), name=name, option=option
                )
            )


def _check_database(text: str, database: str) -> None:
    if database not in ("", _DATABASE):
        raise HostTextError(
            _("{text} names the database {database!r}; Aurora DSQL has one: write {database_2}, or nothing").format(
                text=shown(text), database=one_line(database, 60), database_2=_DATABASE
            )
        )


def _no_password(text: str) -> str:
    return _(
        "{text} holds a password; the password of Aurora DSQL is a token that dsqltui signs by "
        "itself: leave it out, and change it if it was one"
    ).format(text=shown(text))


def _of_authority(text: str, address: str) -> HostText:
    """HOST, HOST:PORT, [ADDRESS]:PORT."""
    address = address.strip()
    if "@" in address:
        user, _unused, address = address.rpartition("@")
        if ":" in user:
            raise HostTextError(_no_password(text))
        return _with_user(_of_authority(text, address), user)
    if address.startswith("[") or address.count(":") > 1:
        _refuse_address(text, address)
    host, colon, port_text = address.partition(":")
    host = host.rstrip(".") if host.endswith(".") and not host.endswith("..") else host
    if not _NAME.fullmatch(host):
        raise HostTextError(
            _("{text} is not a host name{why}; {right_form}").format(
                text=shown(text), why=_why(host), right_form=RIGHT_FORM
            )
        )
    return HostText(host.lower(), _port(text, port_text) if colon else 5432)


def _with_user(named: HostText, user: str) -> HostText:
    return HostText(named.host, named.port, user)


def _refuse_address(text: str, address: str) -> None:
    bare = address.removeprefix("[").partition("]")[0]
    try:
        ipaddress.IPv6Address(bare.partition("%")[0])
    except ValueError:
        if address.startswith("["):
            raise HostTextError(
                _("{text} is not an address; {right_form}").format(text=shown(text), right_form=RIGHT_FORM)
            ) from None
        raise HostTextError(
            _("{text} is not a host name; write HOST or HOST:PORT with a number up to 65535").format(text=shown(text))
        ) from None
    raise HostTextError(
        _(
            "{text} is an address, and the certificate and the token are for the cluster's name; "
            "write HOST --hostaddr {bare}"
        ).format(text=shown(text), bare=bare)
    )


def _why(host: str) -> str:
    """What is wrong with it, where the eye does not see it."""
    for character in host:
        if not character.isascii():
            name = unicodedata.name(character, _("a character without a name"))
            return _(": it holds {name} (U+{ord:04X})").format(name=name, ord=ord(character))
    return ""


def _port(text: str, port: str) -> int:
    if not _PORT.fullmatch(port) or not 0 < int(port) < 65536:
        raise HostTextError(
            _("{text}: {port!r} is not a port; write HOST or HOST:PORT with a number up to 65535").format(
                text=shown(text), port=one_line(port, 20)
            )
        )
    return int(port)
