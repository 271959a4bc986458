"""The sidebar's pages: what each shows and writes. The widget paints them, the feature brings both together."""
