"""Why a case cannot be explored."""


class CannotExplore(Exception):
    """Setting a case up, or running it, came to its end; the message is one sentence or two."""
