"""The figures of a run, one module each; `registry` lists them."""

import matplotlib

# Figures are only saved. This must run before pyplot is imported.
matplotlib.use("Agg")
