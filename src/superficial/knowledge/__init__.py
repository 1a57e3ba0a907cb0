"""The method: traces of a pair, distillation of a residual head, and what is done with the head (sections 2.1, 2.2)."""
