"""The two panes: their widgets, what each is bound to, the mirror between them."""
