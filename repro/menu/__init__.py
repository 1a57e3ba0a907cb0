"""The tasks by what they are for, each thin: parse, then start the workflow or call the library."""
