"""Every question of a run is in the page's data files, as recorded."""

import json
import re

from superficial.reporting.page.rows import benchmarks_of, write_rows
from superficial.reporting.results import Results
from tests.reporting.means import CENTRAL, plant_gap
from tests.reporting.page.reading import data_file
from tests.reporting.planted import planted_run


def test_rows_files_hold_every_question_as_recorded(page, planted):
    index = json.loads(re.search(r'id="index">(.*?)</script>', page.read_text(encoding="utf-8")).group(1))
    variant = "Small+Superficial"
    for benchmark, number in index["rows"][variant].items():
        recorded = planted.scores(variant)[benchmark]
        rows, questions = data_file(page, f"rows-{variant}")[benchmark], data_file(page, f"questions-{number}")
        assert [rows["responses"][i] for i in rows["response"]] == recorded["response"].tolist()
        assert rows["score"] == recorded["score"].tolist()
        assert questions["question_id"] == recorded["question_id"].tolist()
        assert questions["prompt"] == recorded["prompt"].tolist()


def test_a_question_that_was_not_judged_has_no_score(tmp_path):
    results = planted_run(tmp_path, CENTRAL, questions=3)
    plant_gap(tmp_path, "Small", "gsm", questions=1)
    write_rows(Results(tmp_path, CENTRAL, results.paper), tmp_path / "data")
    rows = data_file(tmp_path / "index.html", "rows-Small")["gsm"]
    assert rows["score"][0] is None
    assert None not in rows["score"][1:]


def test_a_page_with_the_first_questions_says_how_many_there_are(tmp_path):
    results = planted_run(tmp_path, CENTRAL, questions=3)
    write_rows(results, tmp_path / "data", largest=2)
    rows = data_file(tmp_path / "index.html", "rows-Small")["gsm"]
    assert (len(rows["score"]), len(rows["response"]), rows["total"]) == (2, 2, 3)
    assert len(data_file(tmp_path / "index.html", "questions-0")["prompt"]) == 2


def test_a_measure_of_all_benchmarks_opens_all_of_them(planted):
    assert benchmarks_of("gsm", planted, "Small") == ["gsm"]
    assert benchmarks_of("garbled", planted, "Small") == sorted(CENTRAL.benchmarks_of("Small"))
