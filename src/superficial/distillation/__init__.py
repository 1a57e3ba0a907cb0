"""Learns heads from traces."""
