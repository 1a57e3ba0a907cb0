"""What a recorded run gives the article: figures, tables, and every number as a LaTeX macro."""
