"""Why a connection failed: from the words that AWS, libpq and the server use to cause, proof and next command.

    Symptom     what was seen: the words, and to what and as whom one wanted to connect
    Diagnosis   a row of the table, filled in
    diagnose    symptom to diagnosis

The rows are tried in order, the first whose pattern is found counts. What the server says is Aurora DSQL's own (User
Guide, recordings of 2026-09); the words of AWS's other services, botocore, OpenSSL and libpq were provoked.
"""

import re
from dataclasses import dataclass

from dsqltui.core.language import N_, _

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
        N_("no AWS credentials"),
        N_(
            "Neither the environment nor a profile nor this machine's role gives credentials, so no "
            "token can be signed."
        ),
        N_("aws configure   or   aws sso login{profile}   or   export AWS_PROFILE=NAME"),
    ),
    Row(
        "half-credentials",
        r"PartialCredentialsError|Partial credentials found",
        N_("half the credentials"),
        N_("An access key was found without its secret, or the other way round."),
        N_("aws configure{profile}"),
    ),
    Row(
        "no-profile",
        r"ProfileNotFound|config profile \(.*\) could not be found",
        N_("no such profile"),
        N_("The AWS profile that was asked for is in no configuration file."),
        "aws configure list-profiles",
    ),
    Row(
        "sso-expired",
        r"SSOTokenLoadError|UnauthorizedSSOTokenError|TokenRetrievalError|SSOError|Error loading SSO Token"
        r"|Token has expired and refresh failed|SSO session .* has expired",
        N_("the SSO session has expired"),
        N_("The sign-in of AWS IAM Identity Center on this machine is missing or over."),
        N_("aws sso login{profile}"),
    ),
    Row(
        "login-expired",
        r"LoginError|LoginRefreshRequired|LoginTokenLoadError|LoginAuthorizationCodeError",
        N_("the AWS login has expired"),
        N_("The session of `aws login` on this machine is missing or over."),
        N_("aws login{profile}"),
    ),
    Row(
        "missing-package",
        r"MissingDependencyException|Missing Dependency",
        N_("a package is missing"),
        N_("The credentials' kind (`aws login`) needs the Python package awscrt, which is not installed here."),
        N_("pip install 'botocore[crt]'   or   aws configure{profile}"),
    ),
    Row(
        "credential-program",
        "Error when retrieving credentials from custom-process",
        N_("the credential program failed"),
        N_("The program that hands out credentials here (credential_process in ~/.aws/config) gave none."),
        N_("run that program by hand, then aws sts get-caller-identity{profile}"),
    ),
    Row(
        "process-failed",
        r"CredentialRetrievalError|MetadataRetrievalError",
        N_("the credentials' source failed"),
        N_("The program or service that hands out credentials here (credential_process, container, instance) failed."),
        N_("aws sts get-caller-identity{profile}"),
    ),
    # -- the AWS configuration of this machine (botocore, urllib3, the operating system)
    Row(
        "proxy",
        r"ProxyConnectionError|Failed to connect to proxy|Tunnel connection failed|ProxyError|InvalidProxiesConfig",
        N_("the proxy cannot be used"),
        N_(
            "Calls to AWS go through the proxy that HTTPS_PROXY names, and it cannot be reached or "
            "refuses; connections to clusters do not use it."
        ),
        N_("correct or unset HTTPS_PROXY   or   export NO_PROXY=.amazonaws.com,.on.aws"),
    ),
    Row(
        "aws-tls",
        r"\bSSLError\b|SSL validation failed",
        N_("TLS with AWS's API failed"),
        N_(
            "The certificate of AWS's API could not be checked: a proxy opens TLS, or AWS_CA_BUNDLE "
            "(ca_bundle) names no good file."
        ),
        N_("export AWS_CA_BUNDLE=FILE   or   unset AWS_CA_BUNDLE"),
    ),
    Row(
        "bad-url",
        r"Invalid endpoint: |Invalid IPv6 URL|Port out of range|Not supported URL scheme|is not a valid host or port"
        r"|LocationParseError|InvalidURL|Unsupported host",
        N_("a URL of the AWS configuration is none"),
        N_(
            "AWS_ENDPOINT_URL, HTTPS_PROXY, AWS_CONTAINER_CREDENTIALS_FULL_URI or the profile's "
            "endpoint_url is not the URL of a server."
        ),
        N_("env | grep -E 'AWS_.*UR[LI]|PROXY'   and correct or unset it"),
    ),
    Row(
        "aws-configuration",
        r"ConfigParseError|InvalidConfigError|InfiniteLoopConfigError|Invalid\w*(?:Mode|Config)\w*Error"
        r"|InvalidDefaultsMode|invalid literal for int",
        N_("the AWS configuration holds a mistake"),
        N_("A file of the AWS configuration or an AWS_ variable of the environment holds what boto3 cannot use."),
        N_("look at ~/.aws/config, ~/.aws/credentials and   env | grep AWS_"),
    ),
    Row(
        "region",
        r"InvalidRegionError|NoRegionError",
        N_("no such Region"),
        N_("The name of the Region is missing or cannot be one."),
        N_("write a Region such as us-east-1 (--region, or the host name's part after .dsql.)"),
    ),
    Row(
        "aws-odd-text",
        r"^(?:UnicodeEncodeError|UnicodeDecodeError|ParserError|InvalidHeader)\b",
        N_("the AWS configuration holds odd text"),
        N_("A value of the AWS configuration or environment holds bytes or a time that cannot be read."),
        N_("aws configure list{profile}   and   env | grep AWS_"),
    ),
    # -- AWS answers (STS)
    Row(
        "mfa",
        r"MultiFactorAuthentication|MFA code|aws:MultiFactorAuthPresent",
        N_("an MFA code is needed"),
        N_("The role asks for a second factor, and the code was missing, wrong or used already."),
        N_(
            "choose the role again, by \\role or in the dialog of roles, and type a new code (the "
            "setting is mfa_serial)"
        ),
    ),
    Row(
        "no-such-iam-role",
        r"NoSuchEntity|The role with name \S+ cannot be found",
        N_("no such IAM role"),
        N_("There is no IAM role {role_arn} in the account, so nobody can assume it."),
        N_("aws iam list-roles{profile}   or make it: dsqltui access --iam-role {role} --create"),
    ),
    Row(
        "trust-missing",
        r"trust: does not name|Cannot establish trust with role",
        N_("the role's trust is missing"),
        N_("The trust policy of {role_arn} does not name {caller_arn}, so STS does not hand out its credentials."),
        N_(
            "aws iam update-assume-role-policy{profile} --role-name {role} --policy-document "
            "file://trust.json   (dsqltui access --iam-role {role} prints it)"
        ),
    ),
    Row(
        "assume-denied",
        r"AccessDenied.*sts:AssumeRole|not authorized to perform: sts:AssumeRole",
        N_("AssumeRole is denied"),
        N_(
            "{caller_arn} may not assume {role_arn}: its own policies do not allow sts:AssumeRole, "
            "or the role's trust policy does not name it."
        ),
        N_("aws iam get-role{profile} --role-name {role}   (look at AssumeRolePolicyDocument)"),
    ),
    Row(
        "duration",
        r"DurationSeconds exceeds|durationSeconds'? failed to satisfy",
        N_("the duration is not allowed"),
        N_(
            "Assumed credentials may last from 15 minutes to the role's maximum; from a role to a "
            "role at most one hour."
        ),
        N_(
            "set duration_s = 3600 for the role, or raise MaxSessionDuration: aws iam "
            "update-role{profile} --role-name {role} --max-session-duration 43200"
        ),
    ),
    Row(
        "clock",
        r"RequestTimeTooSkewed|RequestExpired|Signature not yet current|SignatureDoesNotMatch.*expired",
        N_("this machine's clock is wrong"),
        N_("The signature's time is more than five minutes away from the server's."),
        N_("timedatectl   (then: sudo timedatectl set-ntp true)"),
    ),
    Row(
        "expired-credentials",
        r"ExpiredToken|security token included in the request is expired|Credentials were refreshed, but",
        N_("the AWS credentials have expired"),
        N_("The temporary credentials are over; a token signed with them is refused however young it is."),
        N_(
            "aws sts get-caller-identity{profile}   then new ones: aws sso login{profile}, or back "
            "to the base credentials"
        ),
    ),
    Row(
        "unknown-key",
        r"InvalidClientTokenId|security token included in the request is invalid|UnrecognizedClient",
        N_("AWS does not know the access key"),
        N_("The access key was deleted, belongs to another partition, or lacks its session token."),
        N_("aws sts get-caller-identity{profile}"),
    ),
    Row(
        "wrong-secret",
        r"SignatureDoesNotMatch|signature we calculated does not match",
        N_("the secret key is wrong"),
        N_("The signature was made with another secret than AWS holds for this access key."),
        N_("aws configure{profile}"),
    ),
    # -- the server's refusals (FATAL 08006 or 28xxx, the cause is in the HINT)
    Row(
        "wrong-action",
        r"Wrong user to action mapping\. user: (?P<named>[^,]*), action: (?P<action>\w+)",
        N_("the token's action does not fit the role"),
        N_(
            "Role admin needs a token for DbConnectAdmin, every other role one for DbConnect; this "
            "one was for {action}."
        ),
        N_("dsqltui token HOST --user {named}   (the console signs the right one by itself)"),
    ),
    Row(
        "no-login",
        r"role \"?(?P<named>[^\" ]+)\"? (?:is not permitted to log in|must have the LOGIN attribute)",
        N_("the role may not log in"),
        N_("The database role {named} was made without LOGIN."),
        N_("as admin: ALTER ROLE {named} WITH LOGIN;"),
    ),
    Row(
        "no-such-role",
        r"role \"(?P<named>[^\"]+)\" does not exist|Role (?P<other>\S+) does not exist",
        N_("no such database role"),
        N_("The cluster has no database role of that name."),
        N_("as admin: CREATE ROLE {user} WITH LOGIN;"),
    ),
    Row(
        "iam-denied",
        r"User: (?P<arn>\S+) is not authorized to perform: (?P<action>dsql:DbConnect\w*)",
        N_("IAM denies the connection"),
        N_("No policy of {arn} allows {action} on this cluster, or one denies it."),
        N_("allow {action} on the cluster's ARN; print the policy: dsqltui access --role {user} --iam-role NAME"),
    ),
    Row(
        "not-mapped",
        r"User: (?P<arn>\S+) is not authorized to access this resource",
        N_("the database role is not mapped"),
        N_("No AWS IAM GRANT lets {arn} connect as {user} (or there is no such database role)."),
        N_("as admin: AWS IAM GRANT {user} TO '{iam_arn}';   look: SELECT * FROM sys.iam_pg_role_mappings;"),
    ),
    Row(
        "expired-token",
        "Signature expired",
        N_("the token has expired"),
        N_("The token was signed {age} ago and was good for {lifetime}."),
        N_("connect again, which signs a fresh token; for other clients: dsqltui token {host} --user {user}"),
    ),
    Row(
        "access-denied",
        r"unable to accept connection, access denied|IAM authentication failed",
        N_("the server refused the token"),
        N_("The server checked the token and refused it; its hint says why."),
        N_("dsqltui doctor {host} --user {user}"),
    ),
    Row(
        "waking",
        "waking up cluster",
        N_("the cluster is waking up"),
        N_("It had scaled down because nobody used it, and takes some seconds."),
        N_("connect again in a few seconds"),
    ),
    Row(
        "connect-rate",
        "rate exceeded",
        N_("connecting too fast"),
        N_("A cluster accepts 100 new connections a second (and 1,000 at once); somebody opens more."),
        N_("connect again in a second; let clients keep their connections"),
    ),
    Row(
        "too-many",
        "too many open connections",
        N_("too many connections"),
        N_("The cluster has as many connections open as it allows (10,000 by default)."),
        N_("close idle clients; SELECT count(*) tells nothing here, CloudWatch's ClusterConnectionCount does"),
    ),
    Row(
        "unavailable",
        "server unavailable",
        N_("the server is unavailable for a moment"),
        N_("The service could not open a session just now."),
        N_("connect again in a few seconds"),
    ),
    Row(
        "no-sni",
        r"sni was not received|unrecognized SSL error code: 6",
        N_("the host name was not sent"),
        N_("The server needs the cluster's name in the TLS handshake (SNI), and it did not arrive."),
        N_("connect by the cluster's name, not by an address; psql must be 14 or newer"),
    ),
    Row(
        "deleted",
        r"cluster is being deleted|cluster (?:was )?deleted",
        N_("the cluster is being deleted"),
        N_("The cluster is on its way out and takes no connections."),
        N_("dsqltui clusters list"),
    ),
    # -- the way there (libpq, OpenSSL, botocore)
    Row(
        "dns",
        r"failed to resolve host|'idna' codec failed|could not translate host name|Name or service not known"
        r"|nodename nor servname",
        N_("the name cannot be resolved"),
        N_("No DNS server that this machine asks knows {host}: a typing error, a deleted cluster, or no DNS."),
        N_("getent hosts {host}   and   dsqltui clusters list"),
    ),
    Row(
        "aws-unreachable",
        r"EndpointConnectionError|ConnectTimeoutError|ConnectionClosedError|Could not connect to the endpoint URL",
        N_("AWS's API cannot be reached"),
        N_("The call to AWS did not get through; without it no role can be assumed."),
        N_("curl -sI https://sts.amazonaws.com   and look at HTTPS_PROXY and AWS_ENDPOINT_URL"),
    ),
    Row(
        "refused",
        "Connection refused",
        N_("nothing answers there"),
        N_("{host}:{port} refused the TCP connection: the port is wrong, or the server is not running."),
        N_("check the port (5432 on AWS)   or start the simulator: dsqltui --local"),
    ),
    Row(
        "timeout",
        r"timeout expired|timed out",
        N_("no answer"),
        N_("{host}:{port} did not answer: a firewall, a security group of a VPC endpoint, or a VPN is in the way."),
        N_("nc -vz {host} {port}"),
    ),
    Row(
        "unreachable",
        r"Network is unreachable|No route to host",
        N_("the network is unreachable"),
        N_("This machine has no way to any address of {host}; the name has IPv4 and IPv6 addresses."),
        N_("ip route; ip -6 route   or pin an address: dsqltui HOST --hostaddr ADDRESS"),
    ),
    Row(
        "tls-name",
        "does not match host name",
        N_("TLS: another name"),
        N_("The server's certificate is for another name than {host}."),
        N_("check the endpoint's spelling; through a VPC endpoint, use its private DNS name of the cluster"),
    ),
    Row(
        "tls-authority",
        r"certificate verify failed|self[- ]signed certificate|unable to get local issuer",
        N_("TLS: unknown authority"),
        N_(
            "The server's certificate is not signed by an authority this machine trusts (a proxy "
            "that opens TLS, or a missing Amazon Root CA 1)."
        ),
        N_("export PGSSLROOTCERT=AmazonRootCA1.pem   or   dsqltui HOST --ca-file FILE"),
    ),
    Row(
        "tls-roots",
        r"root certificate file|No file of root certificates",
        N_("TLS: no authorities"),
        N_("There is no readable file of certificate authorities on this machine."),
        N_("install ca-certificates   or   export PGSSLROOTCERT=/path/to/AmazonRootCA1.pem"),
    ),
    Row(
        "cut-off",
        r"SSL SYSCALL error: (?:EOF|Success|Connection reset)|unexpected eof|server closed the connection unexpectedly"
        r"|Connection reset by peer|SSL error",
        N_("the connection was cut"),
        N_(
            "{host}:{port} ended the connection before it answered: the Region's endpoint is cut "
            "off, or this is no cluster's port."
        ),
        N_("use the other Region's endpoint; dsqltui doctor {host}"),
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
    "Signature expired",
    N_("this machine's clock is wrong"),
    N_("The token was signed just now, and the server takes it for an old one: this machine's clock is behind."),
    N_("timedatectl   (then: sudo timedatectl set-ntp true)"),
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
            "role_arn": symptom.role_arn or _("the role"),
            "role": symptom.role_arn.rpartition("/")[2] or "NAME",
            "caller_arn": symptom.caller_arn or _("the caller"),
            "iam_arn": iam_arn_of(arn),
            "age": f"{symptom.token_age_s or 0:.0f} s",
            "lifetime": f"{symptom.token_lifetime_s:.0f} s",
            **groups,
        }
    )
    return Diagnosis(
        row.id,
        _(row.title),
        _(row.cause).format_map(values),
        _proof(symptom.words, found),
        _(row.next_step).format_map(values),
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
