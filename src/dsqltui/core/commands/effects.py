"""What a backslash command may do at the server."""

from dsqltui.core.commands.values import Command, Conditional, Copy, Go, Include, RunResult, StoreResult, Watch


def may_write(command: Command) -> bool:
    """Whether data or schema may be other ones after it: scripts, COPY from a file, and statements run once more."""
    match command:
        case Include() | Go() | Watch() | RunResult() | StoreResult() | Conditional():
            return True
        case Copy(is_import=is_import):
            return is_import
        case _:
            return False
