"""What is said of files that cannot be used."""


class FileUnusable(Exception):
    """A file could not be opened, read or written; the message is one sentence."""
