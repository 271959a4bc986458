"""A client's connection: TLS, admission by token, the simple and the extended protocol."""
