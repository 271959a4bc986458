"""The subcommands of the command line, one module each, imported when asked for. Part of the composition root."""
