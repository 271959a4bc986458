"""What dsqltui keeps on this machine: settings, history, editors' texts, journal, snippets, lab progress. Files are 0600."""
