"""Merges the content of YAML files."""

from __future__ import annotations

from typing import Any

Content = dict[str, Any]


def merge(content: Content, changes: Content) -> Content:
    """Return `content` with the fields of `changes`, mappings field by field; anything else is replaced."""
    merged = dict(content)
    for key, value in changes.items():
        both_mappings = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both_mappings else value
    return merged
