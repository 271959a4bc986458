"""What the command line says in the language that is spoken: help, and the words of click."""
