"""AWS IAM GRANT and REVOKE: which IAM principal may connect as which database role."""

import re
from dataclasses import dataclass

from dsqltui.core.sql.lexer import Kind, identifier, scan
from dsqltui.sim.rules.refusals import Evidence, Message

NOT_AN_ARN = Message("22023", "IAM role must look like an IAM ARN", Evidence.DOCUMENTED, "2026-09")
NO_SUCH_ROLE = Message("42704", 'role "{role}" does not exist', Evidence.DOCUMENTED, "2026-09")
NOT_ADMIN = Message("42501", "permission denied to grant IAM trust with role {role}", Evidence.DOCUMENTED, "2026-09")
SYNTAX = Message("42601", 'syntax error at or near "iam"', Evidence.GUESSED, "2026-11")
_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+")


@dataclass(frozen=True, slots=True)
class IamCommand:
    """AWS IAM GRANT role TO 'arn' or AWS IAM REVOKE role FROM 'arn'."""

    is_grant: bool
    role: str
    arn: str

    @property
    def tag(self) -> str:
        """Command tag; its wording is guessed."""
        return "AWS IAM GRANT" if self.is_grant else "AWS IAM REVOKE"


def is_iam_command(words: tuple[str, ...]) -> bool:
    return words[:2] == ("aws", "iam")


def parse_iam_command(sql: str) -> IamCommand:
    """Take the statement apart. Raises PgError for another form."""
    tokens = [t for t in scan(sql)[0] if t.kind is not Kind.COMMENT]
    words = [t.text.lower() for t in tokens]
    is_grant = words[2:3] == ["grant"]
    if len(tokens) != 6 or words[2] not in ("grant", "revoke") or words[4] != ("to" if is_grant else "from"):
        raise SYNTAX.error()
    if tokens[3].kind not in (Kind.WORD, Kind.IDENT) or tokens[5].kind is not Kind.STRING:
        raise SYNTAX.error()
    arn = tokens[5].text.strip("'")
    if not _ARN.fullmatch(arn):
        raise NOT_AN_ARN.error()
    return IamCommand(is_grant, identifier(tokens[3]), arn)
