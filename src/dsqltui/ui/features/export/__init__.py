"""Results to files and to the clipboard."""
