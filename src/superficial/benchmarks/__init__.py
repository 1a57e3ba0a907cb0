"""Real benchmarks: how a row of each becomes a question, and how answers are scored where no model is needed.

A reader is a module here with COLUMNS, the columns its rows must have, and `item`, which makes a question of a row.
"""
