"""Why a connection failed: from the words that AWS, libpq and the server use to cause, proof and next command.

    Symptom     what was seen: the words, and to what and as whom one wanted to connect
    Diagnosis   a row of the table, filled in
    diagnose    symptom to diagnosis

The rows are tried in order, the first whose pattern is found counts. What the server says is Aurora DSQL's own (User
Guide, recordings of 2026-09); the words of AWS's other services, botocore, OpenSSL and libpq were provoked.
"""

import re
from dataclasses import dataclass

_PROOF_LIMIT = 600


@dataclass(frozen=True, slots=True)
class Symptom:
    """What was seen when a connection or an AWS call failed. Holds no secret."""

    words: str
    """The error's own: `NoCredentialsError: Unable to locate credentials`, or what libpq and the server said."""
    host: str = ""
    port: int = 5432
    user: str = ""
    """Database role."""
    profile: str = ""
    """AWS profile; empty is boto3's default."""
    role_arn: str = ""
    """IAM role that was to be assumed."""
    caller_arn: str = ""
    """Who wanted to assume it, as STS names them."""
    token_age_s: float | None = None
    """Seconds between the token's signature and the connect, on this machine's clock."""
    token_lifetime_s: float = 900


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One row of the table, filled in."""

    id: str
    title: str
    """A few words for a heading."""
    cause: str
    """One sentence."""
    proof: str
    """The words it was told by."""
    next_step: str
    """What to run or to do next."""


@dataclass(frozen=True, slots=True)
class Row:
    """A failure that is known. `{host}`, `{port}`, `{user}`, `{profile}` (as an option), `{role_arn}`, `{role}`,
    `{caller_arn}` and the pattern's named groups may stand in the texts."""

    id: str
    pattern: str
    """Compiled when something failed, not at every start."""
    title: str
    cause: str
    next_step: str


ROWS: tuple[Row, ...] = (
    # -- credentials on this machine (botocore)
    Row(
        "no-credentials",
        r"NoCredentialsError|Unable to locate credentials",
        "no AWS credentials",
        "Neither the environment nor a profile nor this machine's role gives credentials, so no token can be signed.",
        "aws configure   or   aws sso login{profile}   or   export AWS_PROFILE=NAME",
    ),
    Row(
        "half-credentials",
        r"PartialCredentialsError|Partial credentials found",
        "half the credentials",
        "An access key was found without its secret, or the other way round.",
        "aws configure{profile}",
    ),
    Row(
        "no-profile",
        r"ProfileNotFound|config profile \(.*\) could not be found",
        "no such profile",
        "The AWS profile that was asked for is in no configuration file.",
        "aws configure list-profiles",
    ),
    Row(
        "sso-expired",
        r"SSOTokenLoadError|UnauthorizedSSOTokenError|TokenRetrievalError|SSOError|Error loading SSO Token"
        r"|Token has expired and refresh failed|SSO session .* has expired",
        "the SSO session has expired",
        "The sign-in of AWS IAM Identity Center on this machine is missing or over.",
        "aws sso login{profile}",
    ),
    Row(
        "login-expired",
        r"LoginError|LoginRefreshRequired|LoginTokenLoadError|LoginAuthorizationCodeError",
        "the AWS login has expired",
        "The session of `aws login` on this machine is missing or over.",
        "aws login{profile}",
    ),
    Row(
        "missing-package",
        r"MissingDependencyException|Missing Dependency",
        "a package is missing",
        "The credentials' kind (`aws login`) needs the Python package awscrt, which is not installed here.",
        "pip install 'botocore[crt]'   or   aws configure{profile}",
    ),
    Row(
        "credential-program",
        r"Error when retrieving credentials from custom-process",
        "the credential program failed",
        "The program that hands out credentials here (credential_process in ~/.aws/config) gave none.",
        "run that program by hand, then aws sts get-caller-identity{profile}",
    ),
    Row(
        "process-failed",
        r"CredentialRetrievalError|MetadataRetrievalError",
        "the credentials' source failed",
        "The program or service that hands out credentials here (credential_process, container, instance) failed.",
        "aws sts get-caller-identity{profile}",
    ),
    # -- the AWS configuration of this machine (botocore, urllib3, the operating system)
    Row(
        "proxy",
        r"ProxyConnectionError|Failed to connect to proxy|Tunnel connection failed|ProxyError|InvalidProxiesConfig",
        "the proxy cannot be used",
        "Calls to AWS go through the proxy that HTTPS_PROXY names, and it cannot be reached or refuses; "
        "connections to clusters do not use it.",
        "correct or unset HTTPS_PROXY   or   export NO_PROXY=.amazonaws.com,.on.aws",
    ),
    Row(
        "aws-tls",
        r"\bSSLError\b|SSL validation failed",
        "TLS with AWS's API failed",
        "The certificate of AWS's API could not be checked: a proxy opens TLS, or AWS_CA_BUNDLE (ca_bundle) names no "
        "good file.",
        "export AWS_CA_BUNDLE=FILE   or   unset AWS_CA_BUNDLE",
    ),
    Row(
        "bad-url",
        r"Invalid endpoint: |Invalid IPv6 URL|Port out of range|Not supported URL scheme|is not a valid host or port"
        r"|LocationParseError|InvalidURL|Unsupported host",
        "a URL of the AWS configuration is none",
        "AWS_ENDPOINT_URL, HTTPS_PROXY, AWS_CONTAINER_CREDENTIALS_FULL_URI or the profile's endpoint_url is not the "
        "URL of a server.",
        "env | grep -E 'AWS_.*UR[LI]|PROXY'   and correct or unset it",
    ),
    Row(
        "aws-configuration",
        r"ConfigParseError|InvalidConfigError|InfiniteLoopConfigError|Invalid\w*(?:Mode|Config)\w*Error"
        r"|InvalidDefaultsMode|invalid literal for int",
        "the AWS configuration holds a mistake",
        "A file of the AWS configuration or an AWS_ variable of the environment holds what boto3 cannot use.",
        "look at ~/.aws/config, ~/.aws/credentials and   env | grep AWS_",
    ),
    Row(
        "region",
        r"InvalidRegionError|NoRegionError",
        "no such Region",
        "The name of the Region is missing or cannot be one.",
        "write a Region such as us-east-1 (--region, or the host name's part after .dsql.)",
    ),
    Row(
        "aws-odd-text",
        r"^(?:UnicodeEncodeError|UnicodeDecodeError|ParserError|InvalidHeader)\b",
        "the AWS configuration holds odd text",
        "A value of the AWS configuration or environment holds bytes or a time that cannot be read.",
        "aws configure list{profile}   and   env | grep AWS_",
    ),
    # -- AWS answers (STS)
    Row(
        "mfa",
        r"MultiFactorAuthentication|MFA code|aws:MultiFactorAuthPresent",
        "an MFA code is needed",
        "The role asks for a second factor, and the code was missing, wrong or used already.",
        "choose the role again, by \\role or in the dialog of roles, and type a new code (the setting is mfa_serial)",
    ),
    Row(
        "no-such-iam-role",
        r"NoSuchEntity|The role with name \S+ cannot be found",
        "no such IAM role",
        "There is no IAM role {role_arn} in the account, so nobody can assume it.",
        "aws iam list-roles{profile}   or make it: dsqltui access --iam-role {role} --create",
    ),
    Row(
        "trust-missing",
        r"trust: does not name|Cannot establish trust with role",
        "the role's trust is missing",
        "The trust policy of {role_arn} does not name {caller_arn}, so STS does not hand out its credentials.",
        "aws iam update-assume-role-policy{profile} --role-name {role} --policy-document file://trust.json   "
        "(dsqltui access --iam-role {role} prints it)",
    ),
    Row(
        "assume-denied",
        r"AccessDenied.*sts:AssumeRole|not authorized to perform: sts:AssumeRole",
        "AssumeRole is denied",
        "{caller_arn} may not assume {role_arn}: its own policies do not allow sts:AssumeRole, "
        "or the role's trust policy does not name it.",
        "aws iam get-role{profile} --role-name {role}   (look at AssumeRolePolicyDocument)",
    ),
    Row(
        "duration",
        r"DurationSeconds exceeds|durationSeconds'? failed to satisfy",
        "the duration is not allowed",
        "Assumed credentials may last from 15 minutes to the role's maximum; from a role to a role at most one hour.",
        "set duration_s = 3600 for the role, or raise MaxSessionDuration: "
        "aws iam update-role{profile} --role-name {role} --max-session-duration 43200",
    ),
    Row(
        "clock",
        r"RequestTimeTooSkewed|RequestExpired|Signature not yet current|SignatureDoesNotMatch.*expired",
        "this machine's clock is wrong",
        "The signature's time is more than five minutes away from the server's.",
        "timedatectl   (then: sudo timedatectl set-ntp true)",
    ),
    Row(
        "expired-credentials",
        r"ExpiredToken|security token included in the request is expired|Credentials were refreshed, but",
        "the AWS credentials have expired",
        "The temporary credentials are over; a token signed with them is refused however young it is.",
        "aws sts get-caller-identity{profile}   then new ones: aws sso login{profile}, or back to the base credentials",
    ),
    Row(
        "unknown-key",
        r"InvalidClientTokenId|security token included in the request is invalid|UnrecognizedClient",
        "AWS does not know the access key",
        "The access key was deleted, belongs to another partition, or lacks its session token.",
        "aws sts get-caller-identity{profile}",
    ),
    Row(
        "wrong-secret",
        r"SignatureDoesNotMatch|signature we calculated does not match",
        "the secret key is wrong",
        "The signature was made with another secret than AWS holds for this access key.",
        "aws configure{profile}",
    ),
    # -- the server's refusals (FATAL 08006 or 28xxx, the cause is in the HINT)
    Row(
        "wrong-action",
        r"Wrong user to action mapping\. user: (?P<named>[^,]*), action: (?P<action>\w+)",
        "the token's action does not fit the role",
        "Role admin needs a token for DbConnectAdmin, every other role one for DbConnect; this one was for {action}.",
        "dsqltui token HOST --user {named}   (the console signs the right one by itself)",
    ),
    Row(
        "no-login",
        r"role \"?(?P<named>[^\" ]+)\"? (?:is not permitted to log in|must have the LOGIN attribute)",
        "the role may not log in",
        "The database role {named} was made without LOGIN.",
        "as admin: ALTER ROLE {named} WITH LOGIN;",
    ),
    Row(
        "no-such-role",
        r"role \"(?P<named>[^\"]+)\" does not exist|Role (?P<other>\S+) does not exist",
        "no such database role",
        "The cluster has no database role of that name.",
        "as admin: CREATE ROLE {user} WITH LOGIN;",
    ),
    Row(
        "iam-denied",
        r"User: (?P<arn>\S+) is not authorized to perform: (?P<action>dsql:DbConnect\w*)",
        "IAM denies the connection",
        "No policy of {arn} allows {action} on this cluster, or one denies it.",
        "allow {action} on the cluster's ARN; print the policy: dsqltui access --role {user} --iam-role NAME",
    ),
    Row(
        "not-mapped",
        r"User: (?P<arn>\S+) is not authorized to access this resource",
        "the database role is not mapped",
        "No AWS IAM GRANT lets {arn} connect as {user} (or there is no such database role).",
        "as admin: AWS IAM GRANT {user} TO '{iam_arn}';   look: SELECT * FROM sys.iam_pg_role_mappings;",
    ),
    Row(
        "expired-token",
        r"Signature expired",
        "the token has expired",
        "The token was signed {age} ago and was good for {lifetime}.",
        "connect again, which signs a fresh token; for other clients: dsqltui token {host} --user {user}",
    ),
    Row(
        "access-denied",
        r"unable to accept connection, access denied|IAM authentication failed",
        "the server refused the token",
        "The server checked the token and refused it; its hint says why.",
        "dsqltui doctor {host} --user {user}",
    ),
    Row(
        "waking",
        r"waking up cluster",
        "the cluster is waking up",
        "It had scaled down because nobody used it, and takes some seconds.",
        "connect again in a few seconds",
    ),
    Row(
        "connect-rate",
        r"rate exceeded",
        "connecting too fast",
        "A cluster accepts 100 new connections a second (and 1,000 at once); somebody opens more.",
        "connect again in a second; let clients keep their connections",
    ),
    Row(
        "too-many",
        r"too many open connections",
        "too many connections",
        "The cluster has as many connections open as it allows (10,000 by default).",
        "close idle clients; SELECT count(*) tells nothing here, CloudWatch's ClusterConnectionCount does",
    ),
    Row(
        "unavailable",
        r"server unavailable",
        "the server is unavailable for a moment",
        "The service could not open a session just now.",
        "connect again in a few seconds",
    ),
    Row(
        "no-sni",
        r"sni was not received|unrecognized SSL error code: 6",
        "the host name was not sent",
        "The server needs the cluster's name in the TLS handshake (SNI), and it did not arrive.",
        "connect by the cluster's name, not by an address; psql must be 14 or newer",
    ),
    Row(
        "deleted",
        r"cluster is being deleted|cluster (?:was )?deleted",
        "the cluster is being deleted",
        "The cluster is on its way out and takes no connections.",
        "dsqltui clusters list",
    ),
    # -- the way there (libpq, OpenSSL, botocore)
    Row(
        "dns",
        r"failed to resolve host|'idna' codec failed|could not translate host name|Name or service not known"
        r"|nodename nor servname",
        "the name cannot be resolved",
        "No DNS server that this machine asks knows {host}: a typing error, a deleted cluster, or no DNS.",
        "getent hosts {host}   and   dsqltui clusters list",
    ),
    Row(
        "aws-unreachable",
        r"EndpointConnectionError|ConnectTimeoutError|ConnectionClosedError|Could not connect to the endpoint URL",
        "AWS's API cannot be reached",
        "The call to AWS did not get through; without it no role can be assumed.",
        "curl -sI https://sts.amazonaws.com   and look at HTTPS_PROXY and AWS_ENDPOINT_URL",
    ),
    Row(
        "refused",
        r"Connection refused",
        "nothing answers there",
        "{host}:{port} refused the TCP connection: the port is wrong, or the server is not running.",
        "check the port (5432 on AWS)   or start the simulator: dsqltui --local",
    ),
    Row(
        "timeout",
        r"timeout expired|timed out",
        "no answer",
        "{host}:{port} did not answer: a firewall, a security group of a VPC endpoint, or a VPN is in the way.",
        "nc -vz {host} {port}",
    ),
    Row(
        "unreachable",
        r"Network is unreachable|No route to host",
        "the network is unreachable",
        "This machine has no way to any address of {host}; the name has IPv4 and IPv6 addresses.",
        "ip route; ip -6 route   or pin an address: dsqltui HOST --hostaddr ADDRESS",
    ),
    Row(
        "tls-name",
        r"does not match host name",
        "TLS: another name",
        "The server's certificate is for another name than {host}.",
        "check the endpoint's spelling; through a VPC endpoint, use its private DNS name of the cluster",
    ),
    Row(
        "tls-authority",
        r"certificate verify failed|self[- ]signed certificate|unable to get local issuer",
        "TLS: unknown authority",
        "The server's certificate is not signed by an authority this machine trusts "
        "(a proxy that opens TLS, or a missing Amazon Root CA 1).",
        "export PGSSLROOTCERT=AmazonRootCA1.pem   or   dsqltui HOST --ca-file FILE",
    ),
    Row(
        "tls-roots",
        r"root certificate file|No file of root certificates",
        "TLS: no authorities",
        "There is no readable file of certificate authorities on this machine.",
        "install ca-certificates   or   export PGSSLROOTCERT=/path/to/AmazonRootCA1.pem",
    ),
    Row(
        "cut-off",
        r"SSL SYSCALL error: (?:EOF|Success|Connection reset)|unexpected eof|server closed the connection unexpectedly"
        r"|Connection reset by peer|SSL error",
        "the connection was cut",
        "{host}:{port} ended the connection before it answered: the Region's endpoint is cut off, "
        "or this is no cluster's port.",
        "use the other Region's endpoint; dsqltui doctor {host}",
    ),
)
"""The table, in the order in which it is tried."""


def diagnose(symptom: Symptom) -> Diagnosis | None:
    """The first row that fits; None for an error nobody has met."""
    for row in ROWS:
        found = re.search(row.pattern, symptom.words, re.IGNORECASE | re.DOTALL)
        if found is None:
            continue
        if row.id == "expired-token" and not _is_old(symptom):
            row = _CLOCK_BEHIND
        return _filled(row, found, symptom)
    return None


_CLOCK_BEHIND = Row(
    "clock",
    r"Signature expired",
    "this machine's clock is wrong",
    "The token was signed just now, and the server takes it for an old one: this machine's clock is behind.",
    "timedatectl   (then: sudo timedatectl set-ntp true)",
)


def _is_old(symptom: Symptom) -> bool:
    """Whether the token's time was over on this machine's clock too."""
    return symptom.token_age_s is not None and symptom.token_age_s >= symptom.token_lifetime_s


def _filled(row: Row, found: re.Match[str], symptom: Symptom) -> Diagnosis:
    groups = {name: value or "" for name, value in found.groupdict().items()}
    arn = groups.get("arn", "").rstrip(".,")
    values = _Values(
        {
            "host": symptom.host or "HOST",
            "port": str(symptom.port),
            "user": symptom.user or "ROLE",
            "profile": f" --profile {symptom.profile}" if symptom.profile else "",
            "role_arn": symptom.role_arn or "the role",
            "role": symptom.role_arn.rpartition("/")[2] or "NAME",
            "caller_arn": symptom.caller_arn or "the caller",
            "iam_arn": iam_arn_of(arn),
            "age": f"{symptom.token_age_s or 0:.0f} s",
            "lifetime": f"{symptom.token_lifetime_s:.0f} s",
            **groups,
        }
    )
    return Diagnosis(
        row.id,
        row.title,
        row.cause.format_map(values),
        _proof(symptom.words, found),
        row.next_step.format_map(values),
    )


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key.upper()


def _proof(words: str, found: re.Match[str]) -> str:
    """The lines that hold what was found; the rest of a long error is left out."""
    start = words.rfind("\n", 0, found.start()) + 1
    end = words.find("\n", found.end())
    return words[start : len(words) if end < 0 else end].strip()[:_PROOF_LIMIT]


_ASSUMED = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/.*")


def iam_arn_of(arn: str) -> str:
    """What AWS IAM GRANT takes for the caller that STS names so: the role behind an assumed role, or the user.

    A role's path is not in the caller's ARN; a role with one must be written out by hand.
    """
    found = _ASSUMED.fullmatch(arn)
    return f"arn:{found['partition']}:iam::{found['account']}:role/{found['role']}" if found else arn
