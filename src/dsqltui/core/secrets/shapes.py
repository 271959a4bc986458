"""Secrets that are known by how they look, wherever they stand: URLs with a password, tokens of services, keys.

Each shape has hints, pieces of lower-case text; its pattern runs only where one of them occurs, because most texts
have none.
"""

import base64
import binascii
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

Span = tuple[int, int]
"""Where a secret stands: offsets of its first character and just after its last."""


class _Shape(NamedTuple):
    hints: tuple[str, ...]
    """One of them is in the lower-cased text; none: always look."""
    pattern: re.Pattern[str]
    """What its group `s` holds is the secret; without such a group, all of it."""
    is_secret: Callable[[str], bool] | None = None
    """Looks again at what was found."""


def _shape(hints: str, pattern: str, is_secret: Callable[[str], bool] | None = None, flags: int = 0) -> _Shape:
    return _Shape(tuple(hints.split()), re.compile(pattern, re.VERBOSE | flags), is_secret)


def _is_basic(text: str) -> bool:
    """Whether it is user:password in base64."""
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def _is_bearer(text: str) -> bool:
    """A word of a sentence is not taken for a token."""
    return len(text) >= 20 or not text.isalpha() or not (text.islower() or text.istitle())


_VALUE = r"[^\s'\"`<>]"
_SHAPES = (
    _shape("://", rf"\w://[^\s:/@'\"]*:(?!\d{{1,5}}(?:[/?\#\s'\"]|\Z))(?P<s>{_VALUE}+)@(?=[\w.\[%*/?'\"\s-]|\Z)"),
    _shape("://", r"\w://[^\s:/@'\"]*:(?!\d{1,5}(?:[/?\#\s'\"]|\Z))(?P<s>[^\s@]+)@(?=[\w\[])"),
    _shape(
        "postgres mysql redis mongodb amqp",
        rf"\b(?:postgres|mysql|redis|mongodb|amqp)[\w+]*://[^\s:/@'\"]*:(?P<s>{_VALUE}+)@",
        flags=re.IGNORECASE,
    ),
    _shape("x-oauth-basic", r"://(?P<s>[^\s:/@]{6,}):x-oauth-basic@"),
    _shape("@", r"(?<![\w.%+@:/-])[\w.%+-]+:(?P<s>[^\s:@/'\"<>]{3,})@[\w.-]+(?=:\d{2,5}\b|/\w)"),
    _shape(
        "x-amz- x_amz_",
        r"x[-_]amz[-_](?:security[-_]token|signature|credential|content[-_]sha256)\\*['\"]?\s*:\s*\\*['\"]?"
        r"(?P<s>[^\s'\"\\]+)",
        flags=re.IGNORECASE,
    ),
    _shape("%2 %3", r"(?<![\w%])(?=[A-Za-z0-9]*%[23])(?:[A-Za-z0-9._~-]|%2[BbFf]|%3[Dd]){64,}"),
    _shape("authorization", r"authorization\\*['\"]?\s*[:=]\s*(?P<s>[^\r\n'\"\\]+)", flags=re.IGNORECASE),
    _shape(
        "cookie", r"\b(?:set-)?cookie\\*['\"]?\s*:\s*\\*['\"]?(?P<s>[^\r\n'\"\\]+=[^\r\n'\"\\]+)", flags=re.IGNORECASE
    ),
    _shape("bearer", r"(?:(?<=['\"])bearer|\bBearer|\bBEARER)\s+(?P<s>(?!tokens?\b|auth\w*\b|\(hidden)[\w.~+/=-]+)"),
    _shape("bearer", r"\bbearer\s+(?P<s>[\w.~+/=-]+)", _is_bearer, re.IGNORECASE),
    _shape("basic", r"\bbasic\s+(?P<s>[A-Za-z0-9+/_-]{4,}={0,2})", _is_basic, re.IGNORECASE),
    _shape("sig= signature= sharedaccess", r"[?&;\s](?:sig|signature)=(?P<s>[^\s&;'\"]{8,})", flags=re.IGNORECASE),
    _shape("eyj", r"\beyJ[\w-]{5,}\.[\w.=-]{4,}"),
    _shape("private", r"-----BEGIN[ ](?:[A-Z0-9]+[ ])*PRIVATE[ ]KEY.*?(?:-----END[^-]*-----|\Z)", flags=re.DOTALL),
    _shape("putty-user-key", r"Private-Lines:.*?(?:Private-MAC:\s*\w+|\Z)", flags=re.DOTALL),
    _shape("age-secret-key-", r"AGE-SECRET-KEY-1[0-9A-Z]+"),
    # services that mark their tokens
    _shape("iqoj fwog fqog", r"(?<![A-Za-z0-9+/])(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/=%_-]{16,}"),
    _shape("ghp_ gho_ ghu_ ghs_ ghr_", r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{16,}"),
    _shape("github_pat_", r"github_pat_\w{16,}"),
    _shape("glpat- gldt- glrt- glptt- glsoat- glcbt-", r"\bgl(?:pat|dt|rt|ptt|soat|cbt)-[\w.-]{16,}"),
    _shape("xoxa xoxb xoxc xoxd xoxe xoxo xoxp xoxr xoxs xapp", r"\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w%.-]{8,}"),
    _shape("hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<s>[\w/-]+)"),
    _shape("discord", r"discord(?:app)?\.com/api/webhooks/\d+/(?P<s>[\w-]+)"),
    _shape("sk_ rk_ whsec_ pk_live", r"\b(?:[sr]k_(?:live|test|prod)_|whsec_)[A-Za-z0-9+/=]{10,}"),
    _shape("sk-", r"(?<![\w-])sk-(?:[a-z]+[0-9]*-)*[A-Za-z0-9_-]{20,}"),
    _shape("aiza", r"\bAIza[\w-]{35}"),
    _shape("ya29.", r"\bya29\.[\w.-]{16,}"),
    _shape("gocspx-", r"\bGOCSPX-[\w-]{16,}"),
    _shape("1//", r"(?<![\w/])1//0[\w-]{20,}"),
    _shape("npm_ hf_ pypi- dop_v1_ doo_v1_ sbp_ ", r"\b(?:npm_|hf_|pypi-|do[op]_v1_|sbp_)[\w-]{20,}"),
    _shape("sg.", r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
    _shape("dapi", r"\bdapi[0-9a-f]{32}(?:-\d)?\b"),
    _shape("hvs. hvb. hvr.", r"\bhv[sbr]\.[\w-]{16,}"),
    _shape(
        "shpat_ shpss_ shpca_ shppa_ glsa_ atatt3 dckr_pat_ lin_api_ pmak- ntn_ figd_ rubygems_ pul- xkeysib- nrak- "
        "pscale_ secret_ vercel_ sntrys_ sq0csp- eaaa sl.",
        r"\b(?:shp(?:at|ss|ca|pa)_|glsa_|ATATT3|dckr_pat_|lin_api_|PMAK-|ntn_|figd_|rubygems_|pul-|xkeysib-|NRAK-"
        r"|pscale_(?:tkn|pw|oauth)_|secret_(?=[A-Za-z0-9]*\d)|vercel_|sntrys_|sq0csp-|EAAA(?=\w*\d)|sl\.(?=[\w-]*\d))[\w=-]{20,}",
    ),
    _shape(".atlasv1.", r"\b\w{14}\.atlasv1\.[\w-]{40,}"),
    _shape(":aa", r"\b\d{8,10}:AA[\w-]{32,}"),
    # passwords as PostgreSQL and others keep them
    _shape("scram-sha-256$", r"SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:?[A-Za-z0-9+/=]*"),
    _shape("$2", r"(?<!\w)\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{22,53}"),
    _shape("$argon2 $scrypt pbkdf2", r"(?<!\w)\$?(?:argon2(?:id|i|d)|scrypt|pbkdf2[\w-]*)\$[\w=,.$/+:-]{16,}"),
    _shape("$1$ $5$ $6$ $y$", r"(?<!\w)\$[156y]\$(?:rounds=\d+\$)?[./\w]{1,32}\$(?:[./\w]{1,64}\$)?[./\w]{22,86}"),
    # where passwords are handed over on a line: .pgpass, .netrc, tools
    _shape(":5432: :*: :", r"(?<![\w:.-])[\w.*-]+:(?:\d{4,5}|\*):[^\s:'\"]+:[^\s:'\"]+:(?P<s>[^\s'\"]+)"),
    _shape("login", r"\blogin\s+\S+\s+password\s+(?P<s>\S+)"),
    _shape(
        "identified", r"\bidentified\s+by\s+(?:password\s+)?(?P<s>'[^']*'?|\"[^\"]*\"?|[^\s;]+)", flags=re.IGNORECASE
    ),
    _shape(
        "mysql mariadb sshpass docker redis-cli",
        r"\b(?:mysql\w*|mariadb\S*|sshpass|docker\s+login|redis-cli)\b[^\n;]{0,300}?\s-[pa]\s*(?P<s>[^\s-]\S*)",
    ),
    _shape("-u --user", r"\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[= ]?['\"]?[^\s:'\"]+:(?P<s>[^\s'\"]+)"),
    _shape(
        "aws_secret_access_key aws_session_token",
        r"\baws_(?:secret_access_key|session_token)[\s\"']+(?P<s>[A-Za-z0-9+/=]{16,})",
    ),
)
_BY_HINT = tuple((hint, shape) for shape in _SHAPES for hint in shape.hints)
_SIGNED = re.compile(r"x[-_]amz[-_][\w-]{1,60}(?:=|%3d)", re.IGNORECASE)
_NOT_SIGNED = frozenset(" \t\r\n'\"`<>?")
_RUN = re.compile(r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]|%2[BbFf]){40,130}(?![A-Za-z0-9+/=])")
_ESCAPE = re.compile(r"[nrtbf]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}")
_KEY_ID = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
KEY_LENGTH = 40
"""Characters of an AWS secret access key."""
_LEAST_BITS, _LEAST_CHANGES = 4.0, 11
"""Entropy a character, and changes between upper case, lower case, digits and signs; one key in 100,000 has less."""


def spans_of_shapes(text: str) -> Iterator[Span]:
    """Where secrets of a known look stand; may overlap."""
    low = text.lower()
    for shape in dict.fromkeys([shape for hint, shape in _BY_HINT if hint in low]):
        has_group = "s" in shape.pattern.groupindex
        for found in shape.pattern.finditer(text):
            secret = found["s"] if has_group else found[0]
            if shape.is_secret is None or shape.is_secret(secret):
                yield found.span("s") if has_group else found.span()
    if "amz" in low:
        yield from _signed_queries(text)
    if len(text) >= KEY_LENGTH:
        yield from _secret_keys(text, has_key_id="akia" in low or "asia" in low)


def _signed_queries(text: str) -> Iterator[Span]:
    """A connect token or a presigned URL, also when only a part of it is here: everything around `X-Amz-...=`."""
    end = 0
    for found in _SIGNED.finditer(text):
        if found.start() < end:
            continue
        start, end = found.span()
        while start and text[start - 1] not in _NOT_SIGNED:
            start -= 1
        while end < len(text) and text[end] not in _NOT_SIGNED:
            end += 1
        yield start, end


def _secret_keys(text: str, *, has_key_id: bool) -> Iterator[Span]:
    """AWS secret access keys: 40 characters of base64 that no person, and no hash, writes."""
    for found in _RUN.finditer(text):
        start, end = found.span()
        if start and text[start - 1] == "\\" and (escape := _ESCAPE.match(text, start, end)):
            start = escape.end()
        elif start and text[start - 1] == "%" and _HEX.fullmatch(text[start : start + 2]):
            start += 2
        run = text[start:end]
        if (key_id := _KEY_ID.match(run)) is not None:
            start += key_id.end()
            run = run[key_id.end() :]
        plain = run.replace("%2F", "/").replace("%2f", "/").replace("%2B", "+").replace("%2b", "+")
        if len(plain) == KEY_LENGTH and (_is_random(plain) or (has_key_id and not _HEX.fullmatch(plain))):
            yield start, end


def _is_random(key: str) -> bool:
    """Whether 40 characters look drawn by lot from base64's 64."""
    if _HEX.fullmatch(key) or key.islower() or key.isupper():
        return False
    changes = sum(_kind(a) != _kind(b) for a, b in itertools.pairwise(key))
    bits = -sum(n / len(key) * math.log2(n / len(key)) for n in Counter(key).values())
    return changes >= _LEAST_CHANGES and bits >= _LEAST_BITS


def _kind(char: str) -> int:
    return 0 if char.islower() else 1 if char.isupper() else 2 if char.isdigit() else 3
