"""Text made safe and laid out: for terminals, for documents, from pastes."""
