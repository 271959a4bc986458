"""Statements carried out for one session, whatever protocol they came by."""
