"""Statements and backslash commands done in psql's manner."""
