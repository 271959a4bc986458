"""The rules with their examples, by subject."""
