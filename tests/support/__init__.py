"""Helpers shared by the tests: a running simulator, tokens, a terminal."""
