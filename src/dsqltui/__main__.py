"""`python -m dsqltui` and the `dsqltui` command."""

import os
import sys

from dsqltui.standard_streams import OutputFailed, make_whole


def main() -> None:
    """Run the command line on whole standard streams. One that takes no output any more ends it with status 1."""
    make_whole()
    _find_home()
    from dsqltui.commands.program import main as run

    status: object = 0
    try:
        run()
    except SystemExit as end:
        status = end.code
    except OutputFailed as problem:
        status = _told(problem)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
    except OutputFailed as problem:
        status = _told(problem)
    sys.exit(status)  # type: ignore[arg-type]  # what SystemExit was made with


def _find_home() -> None:
    """Users without a home folder, as in containers, get one for this run: files would land in the working folder."""
    if os.path.isabs(os.path.expanduser("~")):
        return
    import atexit
    import shutil
    import tempfile

    home = tempfile.mkdtemp(prefix="dsqltui-home-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["HOME"] = home
    print("dsqltui: there is no home folder (HOME): no settings are found, and nothing is kept.", file=sys.stderr)


def _told(problem: OutputFailed) -> int:
    print(f"dsqltui: standard output cannot be written: {problem.strerror}.", file=sys.stderr)
    _forget_output()
    return 1


def _forget_output() -> None:
    """So that the interpreter's end does not try again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
