"""PostgreSQL's errors, and the simulator's own, in the words that Aurora DSQL has for a client."""

from dsqltui.sim.explain.names import nameless
from dsqltui.sim.pg.relay import CANCELLED
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules import refusals
from dsqltui.sim.rules.sizes import size_error
from dsqltui.sim.sql.rewrite import Rewritten
from dsqltui.sim.transactions.losing import OutrunBySchema
from dsqltui.sim.transactions.schema_history import SessionSchema
from dsqltui.sim.transactions.transaction import Transaction

_WRONG_OBJECT_TYPE = "42809"
_MARK = "dsqltui"
_GONE = ("could not open relation with OID ", "cache lookup failed for ")
"""How PostgreSQL's XX000 begins when something that it had looked up is not there any more."""
_OF_THE_CATALOG = frozenset({"3F000", "42501", "42703", "42704", "42804", "42809", "42883", "42P01", "42P10", "XX000"})
"""Errors by which PostgreSQL tells of a catalog that is not as a statement expects it."""


class ClientErrors:
    """Of one session: what lies behind an error depends on its transaction and on what others did to it."""

    def __init__(self, schema: SessionSchema) -> None:
        self._schema = schema
        self.transaction: Transaction | None = None
        """The session's open one."""
        self.is_interrupted = False
        """Another session's DDL stopped the statement that runs."""

    def schema_conflict(self) -> PgError:
        """OC001. The session has the newest schema afterwards."""
        self._schema.refresh()
        return refusals.SCHEMA_CONFLICT.error()

    def told(self, error: PgError) -> PgError:
        """What the client is told for an error of ours, or of internal SQL that another session's DDL cancelled."""
        if isinstance(error.__cause__, OutrunBySchema):  # the session knows of the change now
            self._schema.refresh()
        return self.conflict_behind(error) or size_error(error) or error

    def conflict_behind(self, error: PgError) -> PgError | None:
        """What another session did, when it is behind the error."""
        if error.sqlstate in _OF_THE_CATALOG and self._schema.is_overtaken:
            return self.schema_conflict()
        if self._schema.is_amid_changes and error.message.startswith(
            _GONE
        ):  # of what no name tells, as in nextval('s')
            return self.schema_conflict()
        if error.sqlstate != CANCELLED:
            return None
        transaction = self.transaction
        if self.is_interrupted or (transaction is not None and transaction.is_evicted):
            return self.schema_conflict()
        return refusals.DATA_CONFLICT.error() if transaction is not None and transaction.is_outrun else None

    def for_client(self, error: PgError, rewritten: Rewritten) -> PgError:
        """PostgreSQL's error as Aurora DSQL would give it."""
        conflict = self.conflict_behind(error)
        if conflict is not None:
            return conflict
        if error.sqlstate in ("40001", "40P01"):
            return refusals.DATA_CONFLICT.error()
        if error.sqlstate == "53400":  # temp_file_limit
            return refusals.TEMP_SPACE.error()
        too_large = size_error(error)
        if too_large is not None:
            return too_large
        fields = error.fields
        if error.sqlstate == _WRONG_OBJECT_TYPE:  # a literal has no type yet to PostgreSQL
            fields["M"] = fields["M"].replace("wait_for_job(unknown)", "wait_for_job(text)")
        if "P" in fields:
            fields["P"] = str(rewritten.original_position(int(fields["P"])))
        if self.transaction is not None:
            if fields.get("s", "").startswith("pg_temp"):
                schema = self.transaction.shadows.real_schema(fields.get("t", ""))
                fields.pop("s")
                if schema is not None:
                    fields["s"] = schema
            for code in fields.keys() & {"M", "t", "n"}:
                fields[code] = self.transaction.shadows.real_names(fields[code])
        for code, value in fields.items():
            if _MARK in value:  # the text of a function that reads a catalog, who else has rights, ...
                fields[code] = nameless(value)
        return error
