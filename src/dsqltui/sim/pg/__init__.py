"""The ground: the wire protocol, one connection to the embedded PostgreSQL, what its triggers tell."""
