"""Every order of what stands in the two panes, or of a spec, judged and shown; replayed step by step."""
