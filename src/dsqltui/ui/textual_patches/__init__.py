"""Every private hook of Textual, each with its reason; `tests/ui/test_textual_patches.py` names them all."""
