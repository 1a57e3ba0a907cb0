"""Two draws of a toy profile, as a user runs them."""

import json

import pandas as pd

from tests.support.commands import invoke, invoke_here

RUN = ("reproduce-all", "--profile", "smoke-draws", "--draws", "development")


def test_draws_run_side_by_side_and_are_reported_together(tmp_path, monkeypatch, capsys):
    code, out, error = invoke(tmp_path, *RUN)
    assert code == 0, error + out
    folder = tmp_path / "smoke-draws"
    table = pd.read_csv(folder / "tables" / "draws.csv")
    assert set(table["draw"]) == {1, 2}
    assert set(table["verdict"]) <= {"reproduced", "not reproduced", "inconclusive"}
    assert not table.duplicated(["claim", "draw"]).any()
    assert (folder / "figures" / "draws.pdf").stat().st_size
    assert "draw-1: training small: done" in out
    assert "draw-2: training small: done" in out
    assert "over draws 1 to 2" in out
    records = [json.loads((folder / f"draw-{n}" / "provenance" / "world-main.json").read_text()) for n in (1, 2)]
    assert records[0]["seeds"] != records[1]["seeds"]
    assert records[0]["outputs"] != records[1]["outputs"]

    # Neither the draws together nor one of them alone has anything left to do.
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    one = ("--profile", "smoke-draws/draw-1")
    for again in (RUN, ("reproduce-all", *one)):
        assert invoke_here(*again, "--dry-run") == 0
        assert capsys.readouterr().out.strip().startswith("nothing to do")
    assert invoke_here("claims", *one) == 0
    assert invoke_here("table", "1", "--profile", "smoke-draws") == 2
    assert "name one of them, such as --profile smoke-draws/draw-101" in capsys.readouterr().err
    assert invoke_here("publish", "--profile", "smoke-draws") == 2
    assert "These draws are not confirmatory" in capsys.readouterr().err
