"""The shorthand `one_head_per_benchmark:` of a profile: a head for each benchmark instead of one for all.

The official code trains one head per benchmark, and answers the prompts of a benchmark with its own.

    one_head_per_benchmark: {over_refusal: advbench, neutral: toxigen}

replaces, before the profile is checked, every head such as 7b by the heads 7b-gsm, 7b-toxigen, ..., one for each
benchmark of its pair, and transfers them one by one. Wherever the profile names 7b, the entry 7b of `head_sets` then
says which of them answers which benchmark; the mapping adds benchmarks that no head is distilled on. Null, or no such
field: one joint head. Heads with `benchmarks` of their own, and those of a control, stay as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from superficial.config.merging import Content
from superficial.config.types import Name, StrictModel
from superficial.documents import checked

FIELD = "one_head_per_benchmark"


class _Heads(StrictModel):
    one_head_per_benchmark: dict[Name, Name] | None
    pairs: dict[Name, dict[str, Any]]
    heads: dict[Name, dict[str, Any]]


def expand_head_sets(path: Path, content: Content) -> Content:
    """Return the content of a profile with a head for each benchmark, where it asks for that.

    Raises:
        ValueError: if the mapping names a benchmark on which no head is distilled; `path` names the profile.
    """
    expanded = {name: section for name, section in content.items() if name != FIELD}
    if content.get(FIELD) is None:
        return expanded
    read = checked(path, {name: content.get(name, {}) for name in _Heads.model_fields}, _Heads)
    assert read.one_head_per_benchmark is not None, "the field is there"
    benchmarks = {name: trained for name in read.heads if (trained := _split_over(name, read, content))}
    known = {benchmark for trained in benchmarks.values() for benchmark in trained}
    for answered, other in read.one_head_per_benchmark.items():
        if other not in known:
            raise ValueError(
                f"{path}: field '{FIELD}.{answered}' names the benchmark {other!r}; heads are distilled on "
                f"{', '.join(sorted(known)) or 'none'}."
            )
    heads: dict[str, Content] = {}
    for name, settings in read.heads.items():
        for benchmark in benchmarks.get(name, ()):
            heads[f"{name}-{benchmark}"] = _of_benchmark(settings, benchmark)
        if name not in benchmarks:
            heads[name] = settings
    sets = {
        name: {benchmark: f"{name}-{benchmark}" for benchmark in trained}
        | {new: f"{name}-{old}" for new, old in read.one_head_per_benchmark.items() if old in trained}
        for name, trained in benchmarks.items()
    }
    return expanded | {"heads": heads, "head_sets": sets | content.get("head_sets", {})}


def _split_over(name: str, read: _Heads, content: Content) -> list[str]:
    """Return the benchmarks that a head is split over; none where it stays whole."""
    head, followed = read.heads.get(name, {}), {name}
    while head.get("kind") == "transferred":
        name = str(head.get("source_head"))
        if name in followed:
            # Transferred from itself; the profile's checks refuse that.
            return []
        followed.add(name)
        head = read.heads.get(name, {})
    is_control = head.get("teacher") == "shuffled" or name == (content.get("controls") or {}).get("same")
    if is_control or head.get("benchmarks") is not None:
        return []
    benchmarks: list[str] = read.pairs.get(str(head.get("pair")), {}).get("benchmarks", [])
    return benchmarks


def _of_benchmark(settings: Content, benchmark: str) -> Content:
    if settings.get("kind") == "transferred":
        return settings | {"source_head": f"{settings.get('source_head')}-{benchmark}"}
    return settings | {"benchmarks": [benchmark]}
