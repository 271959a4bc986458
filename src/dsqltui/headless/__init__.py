"""The console without a screen: the same core for scripts and for screen readers."""
