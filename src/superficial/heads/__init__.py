"""Heads: the superficial knowledge of a pair as an object that is saved, loaded, inspected and applied to a model."""
