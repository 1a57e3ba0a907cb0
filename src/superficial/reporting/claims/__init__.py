"""The claims of the paper, tested on recorded results; `registry` lists them."""
