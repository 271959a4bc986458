"""Results beyond the first page: held by the session, copied, exported, listed."""
