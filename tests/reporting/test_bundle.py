"""A bundle gives back every table, figure and claim. What is damaged or unknown in one is refused."""

import json
import re
import zipfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from repro.engine.call import call
from repro.engine.paths import PAPER, ROOT, profile_file
from repro.workflow import STAGES
from superficial.artifacts import SCORES, SECOND_SCORES
from superficial.config import load_profile
from superficial.judges.scoring import make_judge, score_rows
from superficial.reporting import draws
from superficial.reporting.bundle import ENTRIES, read_bundle, replay, write_bundle
from superficial.reporting.claims.registry import CLAIMS, check
from superficial.reporting.figures.registry import FIGURES, figure_names
from superficial.reporting.figures.style import STYLE
from superficial.reporting.provenance import write_record
from superficial.reporting.results import Results
from superficial.reporting.table import write_table
from superficial.reporting.tables.registry import make_table, table_names
from tests.reporting.means import CENTRAL, planted_means
from tests.reporting.records import record_of

GENERATED = PAPER / "generated"
GSM = SCORES.of(variant="Small", benchmark="gsm")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Planted results with one record of all their files, and the claims that show that the run is finished."""
    folder = tmp_path_factory.mktemp("planted")
    planted_means(folder)
    files = [file for artifact in ENTRIES for file in artifact.files_in(folder)]
    write_record(
        folder, record_of(folder, "score", outputs=tuple(file.relative_to(folder).as_posix() for file in files))
    )
    (folder / "claims.json").write_text("[]")
    return folder


@pytest.fixture(scope="module")
def bundle(folder, tmp_path_factory):
    file = tmp_path_factory.mktemp("bundle") / "central.zip"
    write_bundle(folder, CENTRAL, file)
    return file


def test_a_bundle_gives_back_profile_and_results_and_always_has_the_same_bytes(folder, bundle, tmp_path):
    assert read_bundle(bundle, tmp_path / "results") == CENTRAL
    for artifact in ENTRIES:
        for file in artifact.files_in(folder):
            assert (tmp_path / "results" / file.relative_to(folder)).read_bytes() == file.read_bytes()
    write_bundle(folder, CENTRAL, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == bundle.read_bytes()


def test_tables_figures_and_claims_are_recomputed(bundle, tmp_path):
    results = Results(tmp_path / "results", read_bundle(bundle, tmp_path / "results"), PAPER)
    replay(results)
    assert len(pd.read_csv(results.folder / "tables" / "table1.csv"))
    assert len(pd.read_csv(results.folder / "figures" / "fig2-kl-by-position.csv"))
    claims = json.loads((results.folder / "claims.json").read_text())
    assert claims[0]["verdict"] == "reproduced"


def test_a_bundle_has_all_that_tables_figures_and_claims_are_made_of():
    lab = load_profile(profile_file("lab"))
    read = [file for stage in ("tables", "figures", "claims") for file in call(lab, STAGES[stage], "").inputs]
    assert len(read) > 100
    assert [file for file in read if not any(artifact.matches(file) for artifact in ENTRIES)] == []


def test_an_unfinished_run_is_not_bundled(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not hold a finished run"):
        write_bundle(tmp_path, CENTRAL, tmp_path / "central.zip")
    assert not (tmp_path / "central.zip").exists()


def changed(bundle: Path, file: Path, change) -> Path:
    """Write a bundle whose entries `change` maps to others: (name, content) to a list of such pairs."""
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            for new_name, content in change(name, old.read(name)):
                new.writestr(new_name, content)
    return file


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n, c: [(n, c[:-1] + b"x" if n == GSM else c)], f"{GSM} is not what score wrote"),
        (lambda n, c: [(n.replace("Small/gsm", "Small/advbench"), c)] if n == GSM else [(n, c)], "is not what"),
        (lambda n, c: [(n, c), ("setup.py", b"")] if n == GSM else [(n, c)], "it has an entry 'setup.py'"),
        (lambda n, c: [(n, c), (f"/{n}", c)] if n == GSM else [(n, c)], "it has an entry '/scores"),
        (lambda n, c: [(n, c), (f"../{n}", c)] if n == GSM else [(n, c)], "leaves the folder"),
        (
            lambda n, c: [] if n == "bundle.json" else [(n, c)],
            "is a bundle of format 1, and this version reads format 3",
        ),
        (
            lambda n, c: [(n, b'{"format": 9}' if n == "bundle.json" else c)],
            "is a bundle of format 9, and this version",
        ),
        (lambda n, c: [(n, b"[]" if n == "bundle.json" else c)], "cannot be read as a bundle"),
        (lambda n, c: [] if n == "profile.json" else [(n, c)], "it has no profile.json"),
        (lambda n, c: [(n, b"{}" if n == "profile.json" else c)], r"its profile is wrong \(name: Field required\)"),
    ],
)
def test_a_damaged_swapped_or_unknown_entry_is_refused(bundle, tmp_path, change, message):
    file = changed(bundle, tmp_path / "bad.zip", change)
    with pytest.raises(ValueError, match=message):
        read_bundle(file, tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_a_file_that_is_not_a_zip_file_is_refused(tmp_path):
    (tmp_path / "bad.zip").write_text(json.dumps({}))
    for name in ("bad.zip", "missing.zip"):
        with pytest.raises(ValueError, match="cannot be read as a bundle"):
            read_bundle(tmp_path / name, tmp_path / "results")


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """The published run of the lab, from its bundle."""
    folder = tmp_path_factory.mktemp("committed") / "lab"
    assert (PAPER / "lab.zip").stat().st_size < 6e6
    return Results(folder, read_bundle(PAPER / "lab.zip", folder), PAPER)


def test_the_committed_run_gives_the_committed_tables_figures_and_claims(committed, tmp_path):
    for name in table_names(committed.profile):
        write_table(make_table(committed, name), tmp_path, name)
    with plt.style.context(STYLE):
        for name in figure_names(committed.profile):
            figure, data = FIGURES[name].draw(committed)
            plt.close(figure)
            data.to_csv(tmp_path / f"{name}.csv", index=False, float_format="%.6f")
    published = {file.name: file for folder in (GENERATED, ROOT / "figures") for file in folder.glob("*.csv")}
    # Tables of earlier draws have the numbers of these in their names.
    of_draws = re.compile(rf"({'|'.join((*draws.TABLES, draws.FIGURE))})(-\d+-\d+)?\.csv")
    published = {name: file for name, file in published.items() if not of_draws.fullmatch(name)}
    assert {file.name for file in tmp_path.glob("*.csv")} == set(published)
    for name, file in published.items():
        # To the last digit that is written, on every processor.
        pd.testing.assert_frame_equal(pd.read_csv(tmp_path / name), pd.read_csv(file), check_exact=True)
    claims = json.loads(json.dumps([check(committed, name) for name in CLAIMS]))
    assert_same(claims, json.loads((GENERATED / "claims.json").read_text()), "claims")


def test_the_judges_score_the_committed_responses_as_they_were_scored(committed):
    """To the last digit on every processor: no judge of the lab computes with a model."""
    profile, judges = committed.profile, committed.profile.all_judges()
    for variant in ("Small", "Small-Chat", "Small+Superficial", "Small-Chat-Attacked", "Control-Shuffled+Superficial"):
        for benchmark in profile.benchmarks_of(variant):
            settings = profile.benchmarks[benchmark]
            for artifact, name in ((SCORES, settings.judge), (SECOND_SCORES, settings.second_judge)):
                if name is None:
                    continue
                rows = pd.read_parquet(committed.folder / artifact.of(variant=variant, benchmark=benchmark))
                judge = make_judge(judges[name.replace(":", ".")], committed.folder, rows)
                pd.testing.assert_frame_equal(score_rows(judge, rows), rows, check_exact=True)


def assert_same(one, other, where: str) -> None:
    """Compare every field: texts exactly, numbers but for the last digits, which may differ on another machine."""
    assert type(one) is type(other), where
    if isinstance(one, dict):
        assert list(one) == list(other), where
        for name in one:
            assert_same(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"{where}[{number}]")
    else:
        assert one == (pytest.approx(other, rel=1e-6, abs=2e-6) if isinstance(other, float) else other), where


@pytest.mark.parametrize(
    "change",
    [
        lambda claim: claim["measured"].update({"share": 0.51}),
        lambda claim: claim["interval"].update({"share": [0.4, 0.61]}),
        lambda claim: claim.update(guarded_verdict="inconclusive"),
        lambda claim: claim["guards"][0].update(high=0.2),
        lambda claim: claim.pop("second_judge_verdict"),
        lambda claim: claim.update(deciding="another"),
    ],
)
def test_every_field_of_a_claim_is_compared(change):
    claim = {
        "verdict": "reproduced", "measured": {"share": 0.5}, "interval": {"share": [0.4, 0.6]}, "deciding": "share",
        "guarded_verdict": "reproduced", "guards": [{"what": "garbled", "high": 0.1}],
        "second_judge_verdict": "reproduced",
    }  # fmt: skip
    changed = json.loads(json.dumps(claim))
    assert_same([claim], [changed], "claims")
    change(changed)
    with pytest.raises(AssertionError):
        assert_same([claim], [changed], "claims")
