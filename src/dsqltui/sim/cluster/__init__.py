"""What all sessions of both endpoints share, and the switches it is started with."""
