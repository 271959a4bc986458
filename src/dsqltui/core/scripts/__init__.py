"""Texts cut into statements and commands: what runs, what is a block, what a linter says of it."""
