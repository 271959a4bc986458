"""What can be wrong with a script file."""


class ScriptUnreadable(Exception):
    """The script file could not be read. The message is one sentence that may be shown."""
