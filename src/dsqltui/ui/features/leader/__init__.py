"""Ctrl+G and the letters behind it."""
