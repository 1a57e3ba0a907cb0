"""Traces a number back to its source: the files behind a cell, a figure or a claim, and the calls that wrote them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rich.markup import escape
from rich.tree import Tree

from superficial.artifacts import CARD, RESPONSES, SCORES, SECOND_SCORES
from superficial.json_files import read_json
from superficial.measures.scores import MEASURES
from superficial.reading import read_rows
from superficial.reporting.bundle import is_unpacked
from superficial.reporting.claims.registry import CLAIMS, check
from superficial.reporting.figures.registry import FIGURES
from superficial.reporting.provenance import Record
from superficial.reporting.results import Results
from superficial.reporting.tables.registry import make_table

_SHOWN_QUESTIONS = 3
_HASH_DIGITS = 12
_CARD_FIELDS = ("kind", "pair", "teacher", "seed", "k", "alpha")


def why(results: Results, number: str) -> Tree:
    """Return the source of a number, back to the models and the world, as a tree of files and stage calls.

    Args:
        results: freshly opened results of a finished run.
        number: `TABLE.ROW.MEASURE` (the row is a variant or a row of the paper), a claim (`C2`) or a figure.

    Raises:
        ValueError: if there is no such number, or a file behind it is damaged.
    """
    if number.upper() in CLAIMS:
        claim = check(results, number.upper())
        title, files = f"{claim['id']}: {claim['statement']} {claim['verdict']}", results.files_read
    elif number in FIGURES:
        FIGURES[number].draw(results)
        title, files = number, results.files_read
    else:
        title, files = _cell(results, number)
    return _TreeBuilder(results).tree(title, list(files))


def _cell(results: Results, number: str) -> tuple[str, list[Path]]:
    """Return a cell with its value in words, and the files of scores that it is computed from."""
    table, variant, measure = _parse_cell(results, number)
    data = make_table(results, table).data
    cell = data[(data["variant"] == variant) & (data["measure"] == measure)].iloc[0]
    title = (
        f"{table}, {variant}, {measure}: {cell['value']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}], n = {cell['n']}"
    )
    benchmark = MEASURES[measure].benchmark
    evaluated = [benchmark] if benchmark else results.profile.benchmarks_of(variant)
    files = {Path(SCORES.of(variant=variant, benchmark=name)) for name in evaluated}
    return title, [file for file in results.files_read if file in files]


def _parse_cell(results: Results, number: str) -> tuple[str, str, str]:
    """Return table, variant and measure of `TABLE.ROW.MEASURE`."""
    table, _, rest = number.partition(".")
    row, _, column = rest.rpartition(".")
    tables = results.profile.tables
    if table not in tables or not row:
        raise ValueError(
            f"{number!r} names no number: use TABLE.ROW.MEASURE with one of the tables {', '.join(tables)}, a claim "
            f"({', '.join(CLAIMS)}) or a figure ({', '.join(FIGURES)})."
        )
    published = {results.profile.variants[variant].published_row: variant for variant in tables[table].rows}
    variants = {name: variant for name, variant in published.items() if name}
    variants |= {variant: variant for variant in tables[table].rows}
    if row not in variants:
        raise ValueError(f"{table} has no row {row!r}; it has {', '.join(variants)}.")
    measures = {name: measure for measure in tables[table].measures for name in (measure, MEASURES[measure].label)}
    if column not in measures:
        raise ValueError(f"{table} has no column {column!r}; it has {', '.join(tables[table].measures)}.")
    return table, variants[row], measures[column]


@dataclass
class _TreeBuilder:
    """Follows files to the calls that wrote them, and these to their inputs. Each call is described once."""

    results: Results
    described: set[str] = field(default_factory=set)

    def tree(self, title: str, files: list[Path]) -> Tree:
        tree = Tree(escape(title))
        for path in files:
            self._add_files(tree, [path], path)
        return tree

    def _add_files(self, tree: Tree, paths: list[Path], scores: Path) -> None:
        """Add a group of files that one call wrote, and below them what they were made from.

        `scores` is the file that the search began with. It tells which variant the number belongs to.
        """
        records = self.results.records
        record = records.by_output.get(paths[0].as_posix())
        branch = tree.add(escape("\n".join(self._file(path, record) for path in paths) + self._details(paths)))
        if record is None:
            return
        if record.call in self.described:
            branch.add(escape(f"{record.call}: as above"))
            return
        self.described.add(record.call)
        call = branch.add(escape(_describe(record)))
        for group in self._inputs(record, scores):
            self._add_files(call, group, scores)
        for source, digest in record.sources.items():
            call.add(escape(f"{source} of the repository (sha256 {digest[:_HASH_DIGITS]})"))

    def _file(self, path: Path, record: Record | None) -> str:
        """Return a file with its hash: checked, or as it was recorded where a bundle leaves the file out."""
        if record and is_unpacked(self.results.folder) and not (self.results.folder / path).is_file():
            return f"{path} (sha256 {record.outputs[path.as_posix()][:_HASH_DIGITS]}, not in the bundle)"
        return f"{path} (sha256 {self.results.records.check(path)[:_HASH_DIGITS]})"

    def _inputs(self, record: Record, scores: Path) -> list[list[Path]]:
        """Return a call's inputs, without those of other variants, in groups: a checkpoint, a trace, a head, ..."""
        profile = self.results.profile
        is_of_variant = any(artifact.matches(scores.as_posix()) for artifact in (SCORES, SECOND_SCORES))
        variant = scores.parts[1] if is_of_variant else ""
        behind = {}
        if variant in profile.variants:
            behind = {"heads": profile.heads_used_by(variant), "models": profile.models_used_by(variant)}
        groups: dict[Path, list[Path]] = {}
        for path in map(Path, record.inputs):
            folder, name = path.parts[:2]
            if record.stage == "evaluate" and folder in behind and name not in behind[folder]:
                continue
            if record.stage == "score" and RESPONSES.matches(path.as_posix()) and name != variant:
                continue
            groups.setdefault(Path(folder, name), []).append(path)
        return list(groups.values())

    def _details(self, paths: list[Path]) -> str:
        details = []
        for path in paths:
            file = self.results.folder / path
            if not file.is_file():
                continue
            if SCORES.matches(path.as_posix()):
                ids = read_rows(file, ("question_id",))["question_id"].astype(str)
                first = ", ".join(ids[:_SHOWN_QUESTIONS])
                details.append(f"{len(ids)} questions, {first}, ..., each with its prompt, response and score")
            elif CARD.matches(path.as_posix()):
                card = read_json(file)
                details.append(", ".join(f"{name} {card[name]}" for name in _CARD_FIELDS if name in card))
        return "".join(f": {detail}" for detail in details)


def _describe(record: Record) -> str:
    seeds = ", ".join(f"{name} {value}" for name, value in record.seeds.items()) or "none"
    commit = f", commit {record.code.commit[:_HASH_DIGITS]}" if record.code.commit else ""
    changed = " and later changes" if record.code.changed_since_commit else ""
    deterministic = "yes" if record.deterministic else "no"
    cpu = "" if record.cpu_seconds is None else f" ({record.cpu_seconds:.1f} s of the processor)"
    return "\n".join(
        [
            f"{record.call}: {record.seconds:.1f} s{cpu} on {record.started[:19]} UTC",
            f"seeds: {seeds}",
            f"ran on: {record.device}, threads {record.threads}, deterministic {deterministic}",
            f"packages: {', '.join(f'{name} {version}' for name, version in record.packages.items())}",
            f"code: sha256 {record.code.sha256[:_HASH_DIGITS]}{commit}{changed}",
            f"command: {record.command}",
        ]
    )
