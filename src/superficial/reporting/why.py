"""From a number back to what it was made from: the files behind a cell, a figure or a claim, and their records."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rich.markup import escape
from rich.tree import Tree

from superficial.measures.scores import MEASURES
from superficial.reading import read_json, read_rows
from superficial.reporting.claims import CLAIMS, check
from superficial.reporting.figures import FIGURES
from superficial.reporting.provenance import Record
from superficial.reporting.results import Results
from superficial.reporting.tables import make_table

_IDS = 3
_HASH_DIGITS = 12


def why(results: Results, what: str) -> Tree:
    """Return where a number comes from, back to the models and the world, as a tree of files and stage calls.

    Args:
        results: freshly opened results of a finished run.
        what: `TABLE.ROW.MEASURE` (a variant or the paper's row), a claim (`C2`) or a figure.

    Raises:
        ValueError: where there is no such number, or a file behind it is damaged.
    """
    if what.upper() in CLAIMS:
        checked = check(results, what.upper())
        title, used = f"{checked['id']}: {checked['statement']} {checked['verdict']}", results.used
    elif what in FIGURES:
        FIGURES[what](results)
        title, used = what, results.used
    else:
        title, used = _cell(results, what)
    return _Walk(results).tree(title, list(used))


def _cell(results: Results, what: str) -> tuple[str, list[Path]]:
    table, _, rest = what.partition(".")
    row, _, column = rest.rpartition(".")
    tables = results.profile.tables
    if table not in tables or not row:
        raise ValueError(
            f"{what!r} names no number: say TABLE.ROW.MEASURE with one of the tables {', '.join(tables)}, a claim "
            f"({', '.join(CLAIMS)}) or a figure ({', '.join(FIGURES)})."
        )
    labels = {results.profile.variants[variant].published_row: variant for variant in tables[table].rows}
    variants = {name: variant for name, variant in labels.items() if name} | {name: name for name in tables[table].rows}
    if row not in variants:
        raise ValueError(f"{table} has no row {row!r}; it has {', '.join(variants)}.")
    measures = {name: measure for measure in tables[table].measures for name in (measure, MEASURES[measure].label)}
    if column not in measures:
        raise ValueError(f"{table} has no column {column!r}; it has {', '.join(tables[table].measures)}.")
    variant, measure = variants[row], measures[column]
    data = make_table(results, table).data
    cell = data[(data["variant"] == variant) & (data["measure"] == measure)].iloc[0]
    title = (
        f"{table}, {variant}, {measure}: {cell['value']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}], n = {cell['n']}"
    )
    benchmark = MEASURES[measure].benchmark
    used = [path for path in results.used if path.parts[:2] == ("scores", variant)]
    return title, [path for path in used if benchmark in (None, path.stem)]


@dataclass
class _Walk:
    """Walks from files to the calls that wrote them; a call is told once."""

    results: Results
    told: set[str] = field(default_factory=set)

    def tree(self, title: str, used: list[Path]) -> Tree:
        tree = Tree(escape(title))
        for path in used:
            self._add_files(tree, [path], path)
        return tree

    def _add_files(self, tree: Tree, paths: list[Path], asked: Path) -> None:
        """Add files of one call, given as a group, and what they were made from."""
        record = self.results.records.of_output.get(paths[0].as_posix())
        hashes = {path: self.results.records.check(path) for path in paths}
        named = [f"{path} (sha256 {digest[:_HASH_DIGITS]})" for path, digest in hashes.items()]
        branch = tree.add(escape("\n".join(named) + self._details(paths)))
        if record is None:
            return
        if record.call in self.told:
            branch.add(escape(f"{record.call}: as above"))
            return
        self.told.add(record.call)
        call = branch.add(escape(_call(record)))
        for group in self._inputs(record, asked):
            self._add_files(call, group, asked)
        for path, digest in record.sources.items():
            call.add(escape(f"{path} of the repository (sha256 {digest[:_HASH_DIGITS]})"))

    def _inputs(self, record: Record, asked: Path) -> list[list[Path]]:
        """Return a call's inputs in groups: a checkpoint, a trace, a head, a world; no heads of other variants."""
        of_variant = asked.parts[0] in ("scores", "responses")
        profile, variant = self.results.profile, asked.parts[1] if of_variant else ""
        behind = {}
        if variant in profile.variants:
            behind = {"heads": profile.heads_used_by(variant), "models": profile.models_used_by(variant)}
        groups: dict[Path, list[Path]] = {}
        for path in map(Path, record.inputs):
            if record.stage == "evaluate" and path.parts[0] in behind and path.parts[1] not in behind[path.parts[0]]:
                continue
            if record.stage == "score" and path.parts[0] == "responses" and path.parts[1] != asked.parts[1]:
                continue
            groups.setdefault(Path(*path.parts[:2]), []).append(path)
        return list(groups.values())

    def _details(self, paths: list[Path]) -> str:
        said = []
        for path in paths:
            file = self.results.folder / path
            if path.parts[0] == "scores":
                ids = read_rows(file, ("question_id",))["question_id"].astype(str)
                first = ", ".join(ids[:_IDS])
                said.append(f"{len(ids)} questions, {first}, ..., each with its prompt, response and score")
            elif path.name == "card.json":
                card = read_json(file)
                facts = {key: card[key] for key in ("kind", "pair", "teacher", "seed", "k", "alpha") if key in card}
                said.append(", ".join(f"{key} {value}" for key, value in facts.items()))
        return "".join(f": {one}" for one in said)


def _call(record: Record) -> str:
    seeds = ", ".join(f"{name} {value}" for name, value in record.seeds.items()) or "none"
    commit = f", commit {record.code.commit[:_HASH_DIGITS]}" if record.code.commit else ""
    changed = " and later changes" if record.code.changed_since_commit else ""
    deterministic = "yes" if record.deterministic else "no"
    return "\n".join(
        [
            f"{record.call}: {record.seconds:.1f} s on {record.started[:19]} UTC",
            f"seeds: {seeds}",
            f"ran on: {record.device}, threads {record.threads}, deterministic {deterministic}",
            f"packages: {', '.join(f'{name} {version}' for name, version in record.packages.items())}",
            f"code: sha256 {record.code.sha256[:_HASH_DIGITS]}{commit}{changed}",
            # What the workflow adds only feeds the record.
            f"command: {record.command.partition(' --part ')[0]}",
        ]
    )
