"""Pieces of SQL kept for another time."""
