"""A plain PostgreSQL 16 for the client's tests."""

from support.servers.plain_fixtures import engine, plain, plain_server

__all__ = ["engine", "plain", "plain_server"]
