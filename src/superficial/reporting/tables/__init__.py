"""The tables of a run, one module each; `registry` lists them."""
