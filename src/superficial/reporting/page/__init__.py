"""The page of a run: one folder that opens from disk, without a server or a network."""
