"""What both panes did, told afterwards: timeline, transcript, comparison."""
