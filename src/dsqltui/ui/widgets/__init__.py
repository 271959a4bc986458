"""Widgets that know nothing of a database: the editor, lists of lines, a line of choices, a line of keys."""
