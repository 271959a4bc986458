"""Load and conflicts: what the panes' own transactions lost, and storms on both endpoints."""
