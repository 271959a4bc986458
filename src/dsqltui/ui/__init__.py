"""The console's screen. The only package that knows Textual."""
