"""EXPLAIN as Aurora DSQL answers it, from PostgreSQL's own plan."""
