"""`python -m dsqltui` and the `dsqltui` command."""

from dsqltui.cli import main

if __name__ == "__main__":
    main()
