"""The texts of the editors, kept and brought back."""
