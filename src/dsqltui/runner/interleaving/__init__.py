"""Runs the orders of a case over sessions of its own; `core.interleaving` says which, and what came of them."""
