"""The table: one function or one row per scenario, one file per subject."""
