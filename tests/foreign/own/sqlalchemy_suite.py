"""SQLAlchemy's own suite for dialects, out of the installed package, with AWS's dialect and AWS's requirements."""

from sqlalchemy.testing.suite import *
