"""The shorthand `families:` of a profile: a base model and the model aligned from it, written once.

    families:
      mistral: {base: mistral, aligned: mistral-instruct, variant: Mistral, aligned_variant: Mistral-Instruct, ...}

expands, before the profile is checked, to an entry `mistral` of `pairs` and of `heads` and to the variants Mistral,
Mistral-Instruct and Mistral+Superficial, and where they are wanted Mistral+Urial and Mistral+LIMA. The text
`family mistral` stands for all these variants in the rows of a table, and for their comparison in `recovery`.

Fields that a section itself gives to one of these entries win. Entries of families come first in their section, or at
the place of a key `family mistral` without a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from superficial.config.merging import Content, merge
from superficial.config.types import Name, StrictModel
from superficial.documents import checked

MARK = "family "


class Family(StrictModel):
    """A base model and the model that was aligned from it.

    `variant` and `aligned_variant` name their variants: the base with plain prompts, the aligned model with chat
    prompts. `published_row` is the base's row in the paper, null where the paper has no such model. The pair is traced
    on `benchmarks`, the aligned model with prompts of `aligned_prompt_format`. `urial` adds in-context prompting,
    `lima` a model that was trained from the base on a small curated set, which is evaluated with the prompt format that
    it was trained on.
    """

    base: Name
    aligned: Name
    variant: Name
    aligned_variant: Name
    published_row: str | None = None
    benchmarks: Annotated[list[Name], Field(min_length=1)]
    aligned_prompt_format: Literal["plain", "chat", "chat-two-bos"] = "chat"
    urial: bool = False
    lima: Name | None = None


class _Families(StrictModel):
    families: dict[Name, Family]
    models: dict[str, dict[str, Any]]


def expand_families(path: Path, content: Content) -> Content:
    """Return the content of a profile with its families written out.

    Raises:
        ValueError: if a family is wrong or unknown; `path` names the profile.
    """
    if "families" not in content:
        return content
    read = checked(path, {name: content.get(name, {}) for name in _Families.model_fields}, _Families)
    expanded = {name: section for name, section in content.items() if name != "families"}
    unknown = sorted(set(_marks(expanded)) - {f"{MARK}{name}" for name in read.families})
    if unknown:
        raise ValueError(f"{path} names the {unknown[0]!r}; the families are {', '.join(read.families) or 'none'}.")
    entries: dict[str, dict[str, Content]] = {"pairs": {}, "heads": {}, "variants": {}}
    rows: dict[str, list[str]] = {}
    comparisons: dict[str, list[Content]] = {}
    for name, family in read.families.items():
        mark, variants = f"{MARK}{name}", _variants(name, family, read.models)
        entries["pairs"][mark] = {name: _pair(family)}
        entries["heads"][mark] = {name: {"pair": name, "kind": "residual", "teacher": "aligned"}}
        entries["variants"][mark] = variants
        rows[mark] = list(variants)
        comparisons[mark] = [_comparison(family)]
    for section, by_mark in entries.items():
        expanded[section] = _place(expanded.get(section, {}), by_mark)
    expanded["tables"] = _replace_marks(expanded.get("tables", {}), rows)
    expanded["recovery"] = _replace_marks(expanded.get("recovery", {}), comparisons)
    return expanded


def _pair(family: Family) -> Content:
    return {
        "base": family.base,
        "aligned": family.aligned,
        "aligned_prompt_format": family.aligned_prompt_format,
        "benchmarks": family.benchmarks,
    }


def _variants(name: str, family: Family, models: Content) -> Content:
    base = {"model": family.base, "prompt_format": "plain"}
    variants: Content = {
        family.variant: dict(base),
        family.aligned_variant: {"model": family.aligned, "prompt_format": "chat"},
    }
    if family.urial:
        variants[f"{family.variant}+Urial"] = base | {"prompt_format": "urial"}
    if family.lima:
        prompt_format = models.get(family.lima, {}).get("prompt_format", "plain")
        variants[f"{family.variant}+LIMA"] = {"model": family.lima, "prompt_format": prompt_format}
    variants[f"{family.variant}+Superficial"] = base | {"head": name}
    if family.published_row:
        for variant, settings in variants.items():
            settings["published_row"] = family.published_row + variant.removeprefix(family.variant)
    return variants


def _comparison(family: Family) -> Content:
    return {"base": family.variant, "aligned": family.aligned_variant, "student": f"{family.variant}+Superficial"}


def _marks(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        yield from filter(_is_mark, content)
        content = list(content.values())
    if isinstance(content, list):
        yield from filter(_is_mark, content)
        for item in content:
            yield from _marks(item)


def _place(section: Any, by_mark: dict[str, Content]) -> Any:
    """Return a section with the entries of families, each at its mark or before all others."""
    if not isinstance(section, dict):
        return section
    placed: Content = {}
    for key in [*(mark for mark in by_mark if mark not in section), *section]:
        if key in by_mark:
            entries = by_mark[key]
            placed |= merge(entries, {name: section[name] for name in entries if name in section})
        elif key not in placed:
            placed[key] = section[key]
    return placed


def _replace_marks(content: Any, by_mark: dict[str, list[Any]]) -> Any:
    """Return content in which every list has, for the mark of a family, what stands for it."""
    if isinstance(content, dict):
        return {key: _replace_marks(value, by_mark) for key, value in content.items()}
    if isinstance(content, list):
        return [new for item in content for new in (by_mark[item] if _is_mark(item) else [item])]
    return content


def _is_mark(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(MARK)
