"""dsqltui: a terminal console for Amazon Aurora DSQL multi-Region clusters."""

__version__ = "0.2.0"
