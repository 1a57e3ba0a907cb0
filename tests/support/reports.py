"""What a finished run must have reported."""

import json
from pathlib import Path

import pandas as pd

from superficial.artifacts import CLAIMS, FIGURE, TABLE
from superficial.config import Profile
from superficial.reporting.claims.registry import CLAIMS as CLAIM_TESTS
from superficial.reporting.figures import registry as figures
from superficial.reporting.table import FORMATS
from superficial.reporting.tables import registry as tables


def assert_everything_is_reported(folder: Path, profile: Profile) -> None:
    """Check that every table and figure of the profile has rows and all its files, and that every claim was tested."""
    assert {file.stem for file in FIGURE.files_in(folder)} == set(figures.figure_names(profile))
    assert {file.stem for file in TABLE.files_in(folder)} == set(tables.table_names(profile))
    for name in figures.figure_names(profile):
        assert all((folder / FIGURE.of(figure=name, format=form)).stat().st_size for form in figures.FORMATS), name
        assert len(pd.read_csv(folder / FIGURE.of(figure=name, format="csv"))), name
    for name in tables.table_names(profile):
        assert all((folder / TABLE.of(table=name, format=form)).stat().st_size for form in FORMATS), name
        assert len(pd.read_csv(folder / TABLE.of(table=name, format="csv"))), name
    claims = json.loads((folder / CLAIMS.of()).read_text())
    assert [claim["id"] for claim in claims] == list(CLAIM_TESTS)
    beyond = [name for name in CLAIM_TESTS if name.startswith("D") and profile.depth is None]
    assert [claim["id"] for claim in claims if claim["verdict"] == "not run"] == beyond
