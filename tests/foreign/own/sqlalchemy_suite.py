"""SQLAlchemy's suite for dialects of others, all of it. Copied beside the tests of AWS's dialect, whose conftest makes the
engine and whose requirements say what the dialect can."""

from sqlalchemy.testing.suite import *
