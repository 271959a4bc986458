"""Messages of Aurora DSQL, word for word, with the evidence for each.

Several follow PostgreSQL's own names: `unsupported statement: X` names the parse node without `Stmt`, `unsupported
ALTER TABLE X statement` what PostgreSQL calls the subcommand. Guesses below keep to these patterns.
"""

from dataclasses import dataclass, replace
from enum import Enum

from dsqltui.sim.pg.wire import PgError


class Evidence(Enum):
    """Where a message comes from."""

    RECORDED = "recorded"
    """Seen on a real cluster by somebody who published it."""
    DOCUMENTED = "documented"
    """In the AWS User Guide or AWS's own code."""
    GUESSED = "guessed"
    """The behaviour is known or likely, the wording is not."""


@dataclass(frozen=True, slots=True)
class Message:
    """An error the service gives. `text` and `detail` may have {placeholders}."""

    sqlstate: str
    text: str
    evidence: Evidence
    seen: str
    """Year and month of the evidence; of the guess."""
    detail: str = ""

    def error(self, **values: str) -> PgError:
        """The error with its placeholders filled."""
        error = PgError(self.sqlstate, self.text.format(**values))
        if self.detail:
            error.fields["D"] = self.detail.format(**values)
        return error

    def filled(self, **values: str) -> "Message":
        """The message for certain values."""
        return replace(self, text=self.text.format(**values), detail=self.detail.format(**values))

    def as_guess(self) -> "Message":
        """The same words where nobody published that the service says them."""
        return replace(self, evidence=Evidence.GUESSED, seen="2026-11")


def _recorded(sqlstate: str, text: str, *, seen: str = "2026-09", detail: str = "") -> Message:
    return Message(sqlstate, text, Evidence.RECORDED, seen, detail)


def _documented(sqlstate: str, text: str) -> Message:
    return Message(sqlstate, text, Evidence.DOCUMENTED, "2026-09")


def _pinned(sqlstate: str, text: str) -> Message:
    """A text of which AWS's own published tests look for the telling words."""
    return Message(sqlstate, text, Evidence.DOCUMENTED, "2026-10")


def _guessed(sqlstate: str, text: str) -> Message:
    return Message(sqlstate, text, Evidence.GUESSED, "2026-11")


# -- connections and transactions

ACCESS_DENIED = _recorded("08006", "unable to accept connection, access denied")
TOO_MANY_CONNECTIONS = _documented("53300", "Unable to accept connection, too many open connections.")
TLS_REQUIRED = _pinned("08P01", "unable to accept connection, SSL is mandatory")
CONNECTION_RATE = _documented("53400", "Unable to accept connection, rate exceeded.")
SERVER_UNAVAILABLE = _documented("XX000", "server unavailable")

DATA_CONFLICT = _recorded("40001", "change conflicts with another transaction (OC000)")
SCHEMA_CONFLICT = _recorded("40001", "schema has been updated by another transaction (OC001)")
TRANSACTION_FAILED = _recorded(
    "25P02", "current transaction is aborted, commands ignored until end of transaction block"
)
ROW_LIMIT = _recorded("54000", "transaction row limit exceeded")
SIZE_LIMIT = _recorded(
    "54000", "transaction size limit 10mb exceeded", detail="Current transaction size {size}mb > 10mb"
)
TEMP_SPACE = _recorded("54000", "query requires more than allowed temp space of 131072 KB to execute")
AGE_LIMIT = _recorded(
    "54000", "transaction age limit of 300s exceeded", detail="Current transaction age {age}s exceeds 300s"
)
SEVERAL_DDL = _recorded("0A000", "multiple ddl statements not supported in a transaction")
DDL_AND_DML = _recorded("0A000", "ddl and dml are not supported in the same transaction")
ISOLATION = _recorded("0A000", "Unsupported isolation level: {level}")
TRANSACTION_STATEMENT = _recorded("0A000", "unsupported transaction statement: {statement}")
ANALYZE_IN_TRANSACTION = _guessed("25001", "ANALYZE cannot run inside a transaction block")

# -- parameters

PARAMETER = _recorded("0A000", 'setting configuration parameter "{name}" not supported')
RESERVED_PREFIX = _recorded(
    "42602",
    'invalid configuration parameter name "{name}"',
    seen="2026-10",
    detail='"dsql" is a reserved prefix.',
)
NOT_BOOLEAN = _recorded("22023", 'parameter "{name}" requires a Boolean value', seen="2026-10")

# -- whole statements

STATEMENT = _recorded("0A000", "unsupported statement: {statement}")
MERGE = _recorded("0A000", "unsupported statement type: MERGE")
VACUUM = _recorded("0A000", "unsupported VACUUM statement")
TRIGGER = _recorded("0A000", "CREATE TRIGGER not supported")
PROCEDURE = _recorded("0A000", "PROCEDURE is not supported")
CREATE_TYPE = _recorded("0A000", "CREATE TYPE not supported")
ALTER_TYPE = _recorded("0A000", "ALTER TYPE not supported")
DROP_OBJECT = _recorded("0A000", "unsupported object in DROP statement")
RENAME_OBJECT = _recorded("0A000", "unsupported object in RENAME statement")
DROP_DOMAIN_CASCADE = _recorded("0A000", "DROP DOMAIN with CASCADE unsupported")
GRANT_OBJECT = _recorded("0A000", "unsupported object type in GRANT")
SYSTEM_ENTITY = _recorded("0A000", "feature not supported on system entity")
LANGUAGE = _recorded("0A000", "CREATE FUNCTION with language {language} not supported")
FUNCTION_SET = _guessed("0A000", "SET clause not supported for CREATE FUNCTION")

# -- queries

LOCKING = _recorded("0A000", "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported")
TABLESAMPLE = _recorded("0A000", "TABLESAMPLE clause not supported")
TEXT_SEARCH = _recorded("42704", 'text search configuration "{name}" does not exist')
BLOCKED_FUNCTION = _recorded("0A000", "function {name} not supported", seen="2026-10")

# -- tables

TEMP_TABLE = _recorded("0A000", "TEMPORARY or TEMP table not supported for CREATE TABLE")
UNLOGGED = _recorded("0A000", "UNLOGGED table not supported for CREATE TABLE")
TABLE_CLAUSE = _recorded("0A000", "{clause} clause not supported for CREATE TABLE")
EXCLUSION = _guessed("0A000", "EXCLUDE constraint not supported")
DEFERRABLE = _guessed("0A000", "DEFERRABLE constraint not supported")
DATATYPE = _recorded("0A000", "datatype {type} not supported")
NO_SUCH_TYPE = _recorded("42704", 'type "{type}" does not exist')
CHAR_LENGTH = _recorded("54000", "Datatype limit greater than 4096 bytes not supported for char", seen="2026-10")
VARCHAR_LENGTH = _recorded("54000", "Datatype limit greater than 65535 bytes not supported for varchar", seen="2026-10")
VALUE_SIZE = _recorded("54000", "datatype limit greater than 1048576 bytes not supported for {type}", seen="2026-10")
VARCHAR_SIZE = _guessed("54000", "datatype limit greater than 65535 bytes not supported for varchar")
ROW_SIZE = _documented("54000", "maximum row size exceeded")
KEY_TOO_LARGE = _recorded("54000", "key size too large")
IDENTITY_CACHE = _recorded(
    "0A000",
    "identity column is not supported without an explicit cache size. "
    "please define CACHE greater than or equal to 65536 or equal to 1",
)
CACHE_SIZE = _pinned("22023", "CACHE ({size}) must be greater than or equal to 65536 or equal to 1")
IDENTITY_TYPE = _recorded("0A000", "datatype {type} not supported, identity column type must be bigint")
TABLE_COLUMNS = _recorded("54011", "tables can have at most 255 columns", seen="2026-10")
INDEX_COLUMNS = _recorded("54011", "cannot use more than 256 columns in an index", seen="2026-10")
VIEW_SIZE = _recorded("54000", "view definition too large", seen="2026-10")
TABLES = _documented("54000", "creating more than 1000 tables not allowed")
SCHEMAS = _recorded("54000", "more than 10 schemas not allowed", seen="2026-10")

NOT_VALID_KEY = _recorded("0A000", "{kind} constraints cannot be marked NOT VALID", seen="2026-08")
ALTER_DOMAIN = _guessed("0A000", "unsupported ALTER DOMAIN {action} statement")
ADD_COLUMN_CONSTRAINT = _recorded("0A000", "ALTER TABLE ADD COLUMN with constraint not supported")
COLLATE = _recorded("0A000", "COLLATE clause not supported", seen="2026-08")
COMPRESSION = _guessed("0A000", "COMPRESSION clause not supported")
ALTER_TABLE = _recorded("0A000", "unsupported ALTER TABLE {action} statement")
DROP_KEY_COLUMN = _recorded("0A000", "cannot drop primary key column {column}")

# -- sequences and statistics

SEQUENCE_CACHE = _recorded(
    "0A000",
    "CREATE SEQUENCE is not supported without an explicit cache size. "
    "please define CACHE greater than or equal to 65536 or equal to 1",
)
SEQUENCE_TYPE = _pinned("22023", "sequence type must be bigint")
STATISTICS_TARGET = _recorded(
    "22023", "statistics target {target} exceeds maximum allowed value of 100", seen="2026-10"
)
STATISTICS = _recorded("54000", "more than 5 extended statistics per table are not allowed", seen="2026-10")

# -- indexes

SYNTAX = _recorded("42601", 'syntax error at or near "{near}"')
INDEX_CLAUSE = _recorded("0A000", "{clause} not supported for CREATE INDEX", seen="2026-10")
SYNC_INDEX = _recorded("0A000", "unsupported mode. please use CREATE INDEX ASYNC.")
SORT_ORDER = _recorded("0A000", "specifying sort order not supported for index keys", seen="2026-10")
OPERATOR_CLASS = _recorded("0A000", "opclass not supported for index keys", seen="2026-10")
KEY_TYPE = _recorded("0A000", "datatype {type} is not supported in a key", seen="2026-10")
KEY_COLUMNS = _recorded("54011", "more than 8 column keys in an index are not supported", seen="2026-10")
KEY_SIZE = _recorded("54000", "key size greater than 2000 bytes not supported", seen="2026-10")
DROP_CONCURRENTLY = _recorded("0A000", "DROP INDEX CONCURRENTLY must be first action in transaction", seen="2026-08")
INDEXES = _recorded("54000", "more than 24 indexes per table are not allowed", seen="2026-10")
