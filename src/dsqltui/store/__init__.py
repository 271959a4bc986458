"""What dsqltui keeps on this machine: settings, history, texts, journal, snippets, lab progress. Files are 0600."""
