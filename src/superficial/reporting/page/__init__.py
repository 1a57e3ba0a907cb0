"""The report: recorded results -> one folder with a page that opens from disk, without a server or a network."""
