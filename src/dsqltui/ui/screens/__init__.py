"""The two whole screens: the one that asks what to connect to, and the console with its panes."""
