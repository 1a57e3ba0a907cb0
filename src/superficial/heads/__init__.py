"""Superficial knowledge as something that is saved, loaded and used."""
