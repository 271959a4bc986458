"""SQLAlchemy's suite for dialects of others, all of it. Copied beside the tests of AWS's dialect, whose conftest makes the
engine.

The suite asks a dialect's requirements what its database can. AWS's say nothing, which means that it can everything; what
Aurora DSQL is known not to have is said here, before the suite's classes ask, and the schema is made that the suite wants to
find. Without that most classes end in their setup and test nothing.
"""

import os

import sqlalchemy
from aurora_dsql_sqlalchemy import create_dsql_engine
from sqlalchemy.testing import config, exclusions

_NOT_THERE = (
    "temp_table_names",
    "temp_table_reflection",
    "temp_table_reflect_indexes",
    "temporary_tables",
    "temporary_views",
    "temp_table_comment_reflection",
    "has_temp_table",
    "indexes_with_ascdesc",
    "reflect_indexes_with_ascdesc",
    "reflect_indexes_with_ascdesc_as_expression",
    "savepoints",
    "two_phase_transactions",
)
_AS_IN_POSTGRESQL = ("reflects_pk_names", "unique_constraints_reflect_as_index", "views")
"""What the suite takes for missing unless a dialect says otherwise."""
_requirements = type(config.requirements)
for _names, _rule in ((_NOT_THERE, exclusions.closed), (_AS_IN_POSTGRESQL, exclusions.open)):
    for _name in _names:
        setattr(_requirements, _name, property(lambda _, rule=_rule: rule()))

_engine = create_dsql_engine(host=os.environ["CLUSTER_ENDPOINT"], user=os.environ["CLUSTER_USER"], driver="psycopg")
with _engine.connect() as _connection:
    _connection.execute(sqlalchemy.text("CREATE SCHEMA IF NOT EXISTS test_schema"))
    _connection.commit()
_engine.dispose()

from sqlalchemy.testing.suite import *  # noqa: E402
