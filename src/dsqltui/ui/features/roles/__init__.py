"""The role switcher and the access assistant."""
