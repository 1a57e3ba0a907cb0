"""The report's files: whole, self-contained, and text stays text whatever it holds."""

import base64
import html
import json
import re
import struct
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from examples.demo_real import report as demo_report
from superficial.reporting.page.build import write_report
from superficial.reporting.page.data import embedded, packed
from superficial.reporting.page.tables import in_counting_order, plain_table
from superficial.reporting.results import Results
from tests.reporting.planted import HOSTILE, WORDS


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def elements(page: Path) -> Elements:
    parser = Elements()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def data_file(page: Path, name: str) -> dict:
    text = (page.parent / "data" / f"{name}.js").read_text(encoding="utf-8")
    called, value = re.fullmatch(r"Report\.receive\((\"[^\"]*\"), (.*)\);\n", text, flags=re.DOTALL).groups()
    assert json.loads(called) == name
    return json.loads(value)


def test_everything_the_page_names_is_in_its_folder(page):
    names = [a.get("src") or a.get("href") for _, a in elements(page).found if a.get("src") or a.get("href")]
    files = {name for name in names if not name.startswith(("#", "data:"))}
    assert {"assets/viewer.js", "assets/report.css", "figures/fig2-kl-by-position.svg", "tables/table1.csv"} <= files
    assert [name for name in files if not (page.parent / name).is_file()] == []
    anchors = {name[1:] for name in names if name.startswith("#")}
    assert anchors <= {a["id"] for _, a in elements(page).found if "id" in a}


def test_nothing_of_the_page_comes_from_elsewhere(page):
    for file in page.parent.rglob("*"):
        if file.suffix in (".html", ".js", ".css"):
            addresses = re.findall(r"(?:https?:)?//[a-z][\w.]+\.\w+", file.read_text(encoding="utf-8"))
            assert [a for a in addresses if "www.w3.org" not in a] == [], file


def test_hostile_texts_add_no_element_and_stay_readable(page):
    read = elements(page)
    scripts = [a for tag, a in read.found if tag == "script"]
    assert all("src" in a or a.get("type") == "application/json" for a in scripts)
    assert not [a for _, a in read.found if any(name.startswith("on") for name in a)]
    assert not [tag for tag, a in read.found if tag == "img" and not a["src"].startswith("figures/")]
    # The head's card and the tokens it changes hold them.
    assert HOSTILE[0] in read.text
    assert HOSTILE[1] in read.text


def test_the_gallery_shows_every_head_with_its_inspection(page, planted):
    read = elements(page)
    assert {f"head-{name}" for name in planted.profile.heads} <= {a.get("id") for _, a in read.found}
    assert read.text.count("Inspection, on 400 validation positions") == len(planted.profile.heads)
    assert "-1.25" in read.text
    assert "1: 0.625" in read.text
    assert HOSTILE[3] in read.text


@pytest.mark.parametrize("text", HOSTILE)
def test_embedded_json_is_the_same_value_and_ends_no_script(text):
    found = str(embedded({text: [text]}))
    assert not set("<>&\u2028\u2029") & set(found)
    assert json.loads(found) == {text: [text]}


def test_embedded_refuses_what_json_can_not_say():
    with pytest.raises(ValueError, match="JSON"):
        embedded([float("nan")])


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


def test_a_view_file_holds_the_recorded_positions(page, planted):
    positions = pd.read_parquet(planted.folder / "view" / "positions.parquet")
    content = data_file(page, "view-gsm")
    question = content["questions"][1]
    at = positions[(positions["question_id"] == question["id"]) & (positions["response"] == "base")]
    response = question["responses"]["base"]
    assert [content["words"][i] for i in response["tokens"]] == at["token"].tolist()
    assert response["rank"]["before"] == at["target_rank"].tolist()
    assert response["kl"]["after"] == pytest.approx(at["kl_superficial"].tolist())
    raw = base64.b64decode(response["top"]["aligned"])
    pairs = list(struct.iter_unpack("<HH", raw))
    assert [content["words"][token] for token, _ in pairs[10:13]] == [WORDS[1], WORDS[2], WORDS[3]]
    assert [p / 65535 for _, p in pairs[:3]] == pytest.approx([0.5, 0.25, 0.125], abs=1e-5)
    assert len(content["values"]["alpha"]) == len(planted.profile.view.strengths)
    (gsm,) = [row for row in content["means"] if row["label"] == "GSM"]
    grid = pd.read_parquet(planted.folder / "view" / "grid.parquet").query("benchmark == 'gsm'")
    assert gsm["means"]["alpha"] == pytest.approx(grid.groupby("value")["score"].mean().tolist(), abs=1e-4)


def test_packing_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="65537 different tokens"):
        packed(np.array([[65536]]), np.array([[0.5]]))


def test_tables_show_intervals_with_their_values_and_count_in_their_names(tmp_path):
    assert in_counting_order(["table10", "shift", "table2", "table1"]) == ["shift", "table1", "table2", "table10"]
    data = "who,x_value,x_low,x_high,n,text\na,0.5,0.25,0.75,10,|b|\nc,,,,3,\n"
    (tmp_path / "t.csv").write_text(data)
    table = plain_table(tmp_path / "t.csv")
    assert table.header == ["who", "x", "n", "text"]
    assert [cell.text for cell in table.rows[0]] == ["a", "0.500", "10", "|b|"]
    assert table.rows[0][1].interval == "[0.250, 0.750]"
    assert [cell.text for cell in table.rows[1]] == ["c", "–", "3", "–"]
    assert not table.rows[1][1].interval


def test_a_score_cell_shows_measured_and_published_and_what_is_behind_it(page):
    cells = [a for tag, a in elements(page).found if tag == "button" and a.get("class") == "cell"]
    behind = {(a["data-variant"], a["data-measure"]): a["data-benchmarks"] for a in cells}
    assert behind["Small", "HarmRate ↓"] == "advbench"
    assert len(behind["Small", "Garbled ↓"].split()) == 7
    assert "paper 0.037" in page.read_text(encoding="utf-8")


def test_the_demo_is_a_part_of_its_own_with_its_label_where_it_has_run(page, planted, tmp_path):
    text = page.read_text(encoding="utf-8")
    shown = html.unescape(text[text.index('<section id="demo">') : text.index('<section id="run">')])
    assert demo_report.LABEL in shown and "figures/demo.png" in shown
    assert "0.221 to 0.061 nats" in shown and "10 obedient examples" in shown
    assert (
        re.findall(r"<td class=\"number\">(\d\.\d+)", shown)
        == "0.025 0.000 0.800 0.200 0.000 0.000 0.700 0.175".split()
    )
    without = write_report(planted, tmp_path / "report", tmp_path / "no-demo")
    assert "demo" not in without.read_text(encoding="utf-8")


def test_an_unfinished_run_is_one_sentence_and_leaves_the_old_report(planted, tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "index.html").write_text("old")
    results = Results(tmp_path / "empty", planted.profile, planted.paper)
    with pytest.raises(FileNotFoundError, match="invoke reproduce-all --profile central"):
        write_report(results, tmp_path / "report", tmp_path / "no-demo")
    assert (tmp_path / "report" / "index.html").read_text() == "old"
