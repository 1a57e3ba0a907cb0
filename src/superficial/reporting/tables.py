"""The tables of a profile: recovered shares, controls, shift tokens, examples, and by name all others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from superficial.config import Comparison, Profile
from superficial.measures import shift
from superficial.measures.intervals import UNKNOWN, Estimate, Scores
from superficial.measures.recovery import recovered_share
from superficial.measures.scores import MEASURES, estimate, per_question
from superficial.reporting import sensitivity
from superficial.reporting.comparison_tables import RATES, baselines_table, seeds_table
from superficial.reporting.judges_table import judges_table
from superficial.reporting.results import Results
from superficial.reporting.score_tables import SIDE_BY_SIDE, scores_table, side_by_side_table, sides
from superficial.reporting.table import Table, ranged

TOP_PAIRS = 20
# The measures a recovered share is taken of: all in which the paper reports a gap that is to be closed.
RECOVERED = RATES
ALL_FOUR = "all four"
# Controls with a known answer: what their numbers may be.
CONTROL_SHARE, CONTROL_KL, CONTROL_EQUAL, CONTROL_NOTHING = 0.98, 0.01, 1e-4, 0.1


def recovery(results: Results, name: str, measure: str, pooled: bool = True) -> Estimate:
    """Return a comparison's recovered share of a measure, or of `ALL_FOUR`: their gains and gaps summed.

    Unknown where there is no gap to recover, and the mean of ratios of `ALL_FOUR`: it would weigh tiny gaps as large.
    """
    measures = RECOVERED if measure == ALL_FOUR else (measure,)
    pairs = [(one, comparison) for one in measures for comparison in results.profile.recovery[name]]

    def side(which: str) -> list[Scores]:
        return [
            (1 if MEASURES[one].better == "higher" else -1)
            * per_question(results.scores(getattr(comparison, which)), one)
            for one, comparison in pairs
        ]

    if measure == ALL_FOUR and not pooled:
        return UNKNOWN
    return recovered_share(side("base"), side("aligned"), side("student"), seed=0, pooled=pooled)


def _recoverable(results: Results, comparisons: list[Comparison]) -> list[str]:
    """Return the measures of which a comparison can have a recovered share: those that all its variants were asked."""
    asked = set.intersection(
        *(set(results.profile.benchmarks_of(v)) for c in comparisons for v in c.model_dump().values())
    )
    found = [measure for measure in (*RECOVERED, "marks") if MEASURES[measure].benchmark in asked]
    return [*found, ALL_FOUR] if set(RECOVERED) <= set(found) else found


def recovery_table(results: Results) -> Table:
    """Return the share of the alignment's improvement that each student regains, the controls' included."""
    data, shown = [], []
    for name, comparisons in results.profile.recovery.items():
        for measure in _recoverable(results, comparisons):
            single = measure != ALL_FOUR
            sides = {
                side: np.mean([estimate(results.scores(getattr(c, side)), measure).value for c in comparisons])
                if single
                else np.nan
                for side in ("base", "aligned", "student")
            }
            pooled, ratios = (recovery(results, name, measure, pooled=choice) for choice in (True, False))
            numbers = {
                f"{kind}_{key}": value
                for kind, found in (("pooled", pooled), ("mean_of_ratios", ratios))
                for key, value in vars(found).items()
            }
            published = results.published.share(name, measure)
            data.append({"comparison": name, "measure": measure, **sides, **numbers, "published": published})
            shown.append(
                {"comparison": name, "measure": MEASURES[measure].label if single else measure}
                | {side: f"{value:.3f}" if single else "" for side, value in sides.items()}
                | {"pooled share": ranged(pooled, 2), "mean of ratios": ranged(ratios, 2) if single else "-"}
                | {"published (pooled)": "-" if published is None else f"{published:.3f}"}
            )
    caption = (
        "Recovered share: (student - base) / (aligned - base), pooled (sum of gains over sum of gaps) and as the mean "
        "of the ratios of single models, with paired bootstrap intervals over questions. Controls have a known answer: "
        "head-only alignment 1, a shuffled teacher 0 or less."
    )
    return Table(caption, pd.DataFrame(data), pd.DataFrame(shown))


def controls_table(results: Results) -> Table:
    """Return whether the measuring gives the known answer where there is one (heads and comparisons by their names)."""
    rows = []

    def check(control: str, what: str, value: float, allowed: str, holds: bool) -> None:
        rows.append({"control": control, "what": what, "measured": value, "allowed": allowed, "holds": holds})

    share = recovery(results, "control-head-only", ALL_FOUR).value
    check(
        "only the head differs", "recovered share, all four", share, f"at least {CONTROL_SHARE}", share >= CONTROL_SHARE
    )
    kl = float(results.positions("control-head-only")["kl_superficial"].mean())
    check("only the head differs", "residual KL (nats)", kl, f"under {CONTROL_KL}", kl < CONTROL_KL)
    same = results.positions("control-same")
    shifted = len(shift.shift_tokens(same))
    check("aligned = base", "shift tokens", shifted, "0", shifted == 0)
    change = results.card("control-same")["largest_change"]
    check("aligned = base", "largest |dW|", change, f"under {CONTROL_EQUAL}", change < CONTROL_EQUAL)
    for measure in ("gsm", "info_true"):
        low = recovery(results, "control-shuffled", measure).low
        what = f"lower end of the recovered share, {MEASURES[measure].label}"
        check("shuffled teacher", what, low, "at most 0", low <= 0)
    if "control-backbone" in results.profile.recovery:
        high = recovery(results, "control-backbone", "marks").high
        what = "upper end of the recovered share, marks"
        check("only the backbone differs", what, high, f"under {CONTROL_NOTHING}", high < CONTROL_NOTHING)
    data = pd.DataFrame(rows)
    shown = data.assign(
        measured=data["measured"].map("{:.4g}".format), holds=data["holds"].map({True: "yes", False: "NO"})
    )
    return Table("Controls: where the answer is known, the method has to find it.", data, shown)


def shift_table(results: Results) -> Table:
    """Return, for every head's pair, how many response positions are unshifted, marginal and shifted."""
    data = []
    for head in results.profile.heads:
        shares = shift.category_shares(results.positions(head))
        data += [{"head": head, **row} for row in shares.to_dict("records")]
    table = pd.DataFrame(data)
    shown = table.assign(share=table["share"].map("{:.3f}".format))
    caption = (
        "Response positions of the test questions by the rank of the aligned model's top token in the base's "
        "distribution: unshifted (1), marginal (2-3), shifted (above 3)."
    )
    return Table(caption, table, shown)


def pairs_table(results: Results) -> Table:
    """Return the most frequent (source -> target) pairs of the first head's pair."""
    head = next(iter(results.profile.heads))
    pairs = shift.top_pairs(results.positions(head), TOP_PAIRS)
    return Table("The most frequent pairs of source and target token at shifted positions.", pairs, pairs)


def examples_table(results: Results, name: str) -> Table:
    """Return what base, aligned and student say to one question, shift tokens in brackets, and their pairs."""
    rule = results.profile.examples[name]
    names = results.profile.recovery[rule.comparison][0]
    rows = {
        side: results.scores(variant)["gsm"].set_index("question_id") for side, variant in names.model_dump().items()
    }
    fits = (rows["aligned"]["score"] == 1) & (rows["student"]["score"] == float(rule.superficial_succeeds))
    if rule.superficial_succeeds:
        fits &= rows["base"]["score"] == 0
    who = "succeeds and the base fails" if rule.superficial_succeeds else "fails"
    caption = f"The first GSM test question that {names.aligned} answers rightly and where {names.student} {who}."
    if not fits.any():
        empty = pd.DataFrame({"who": ["-"], "text": ["there is no such question"], "right": ["-"]})
        return Table(caption, empty, empty)
    question = fits.idxmax()
    head = results.profile.variants[names.student].head
    assert head is not None, f"{names.student} has no head"
    positions = results.positions(head)
    at = positions[positions["question_id"] == question]
    marked = " ".join(
        row.target if row.source == row.target else f"[{row.target}]" for row in at.sort_values("position").itertuples()
    )
    pairs = ", ".join(f"({row.source} → {row.target})" for row in shift.shift_tokens(at).itertuples())
    data = [{"who": "question", "text": rows["base"]["prompt"][question], "right": ""}]
    for side, variant in names.model_dump().items():
        text = marked if side == "aligned" else rows[side]["response"][question]
        data.append({"who": variant, "text": text, "right": "yes" if rows[side]["score"][question] == 1 else "no"})
    data.append({"who": "shift tokens (source → target)", "text": pairs, "right": ""})
    table = pd.DataFrame(data)
    return Table(f"{caption} Shift tokens of its response are in brackets.", table, table)


def sensitivity_table(results: Results) -> Table:
    """Return the recovered shares for each way of learning the head."""
    data = sensitivity.shares(results)
    shown = data[["axis", "way"]].assign(
        **{"validation KL": data["validation_kl"].map("{:.3f}".format), "garbled": data["garbled"].map("{:.3f}".format)}
    )
    for name in sensitivity.measured(results):
        intervals = zip(data[name], data[f"{name}_low"], data[f"{name}_high"], strict=True)
        shown[f"share, {MEASURES[name].label}"] = [ranged(Estimate(*interval), 2) for interval in intervals]
    caption = (
        "Recovered share of the small pair by how its head is learned; each row changes one choice of the first. "
        "Paired bootstrap intervals over questions."
    )
    return Table(caption, data, shown)


TABLES: dict[str, Callable[[Results], Table]] = {
    "recovery": recovery_table,
    "controls": controls_table,
    "shift": shift_table,
    "shift-pairs": pairs_table,
    "head-seeds": seeds_table,
    "baselines": baselines_table,
    "sensitivity": sensitivity_table,
    "judges": judges_table,
}


def make_table(results: Results, name: str) -> Table:
    """Return a table by name: one of `TABLES`, or one the profile lists variants for.

    Raises:
        ValueError: where there is no such table.
    """
    if name in TABLES and name in table_names(results.profile):
        return TABLES[name](results)
    if name in results.profile.tables:
        return scores_table(results, name)
    if name in sides(results.profile):
        return side_by_side_table(results, name.removesuffix(SIDE_BY_SIDE))
    if name in results.profile.examples:
        return examples_table(results, name)
    raise ValueError(f"There is no table {name!r}; there are {', '.join(table_names(results.profile))}.")


def table_names(profile: Profile) -> list[str]:
    """Return the names of all tables of a profile."""
    there = {
        "sensitivity": profile.sensitivity,
        "baselines": profile.baselines,
        "controls": "control-head-only" in profile.heads,
        "judges": any(benchmark.second_judge for benchmark in profile.benchmarks.values()),
    }
    always = [name for name in TABLES if there.get(name, True)]
    return [*sorted([*profile.tables, *profile.examples]), *sides(profile), *always]
