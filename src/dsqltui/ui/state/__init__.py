"""What widgets and features share: messages, themes, observers, how the panes work together."""
