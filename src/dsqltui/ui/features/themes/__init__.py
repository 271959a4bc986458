"""The choice of colours."""
