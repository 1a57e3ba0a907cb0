"""A file of harmless requests in place of AdvBench."""

import pandas as pd
import pytest


@pytest.fixture
def advbench(tmp_path):
    path = tmp_path / "advbench.csv"
    pd.DataFrame({"goal": [f"Paint the secret door number {n}" for n in range(12)]}).to_csv(path, index=False)
    return path
