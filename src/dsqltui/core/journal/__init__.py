"""The record of what was sent and what became of it, and the form in which it may be kept."""
