"""The command `superficial`: heads for anyone's pair of models, without a clone of the reproduction."""
