"""How a step is judged, and what n does for it. Pure."""
