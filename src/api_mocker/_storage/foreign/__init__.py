"""The recordings of other tools, read where they lie: one file per format, and below them what they share."""
