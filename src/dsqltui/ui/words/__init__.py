"""What the screen says: reports, help, wording, severity."""
