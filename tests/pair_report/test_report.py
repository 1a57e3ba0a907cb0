"""The report on a pair: its numbers against the models' own, its page, and what a killed one keeps."""

import json

import pandas as pd
import pytest
import torch

from superficial.extraction import extract_from_checkpoints
from superficial.heads.loading import load_head
from superficial.models.loading import load_model
from superficial.pair_report import measuring
from superficial.pair_report.report import report_on_pair
from tests.reporting.page.reading import data_file, elements
from tests.support.pair_files import write_pair
from tests.support.word_tokenizer import word_tokenizer

TOKENS = 5


def prompts_of(count: int) -> list[str]:
    return [f"w{number % 61} w{number // 61} w{number * 11 % 61}" for number in range(count)]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return write_pair(tmp_path_factory.mktemp("pair"), word_tokenizer(), prompts_of(100))


def make(pair, out, **changes):
    settings = {"prompts": pair / "prompts.txt", "head": None, "max_new_tokens": TOKENS, "seed": 0} | changes
    return report_on_pair(str(pair / "base"), str(pair / "aligned"), out=out, **settings)


@pytest.fixture(scope="module")
def report(pair):
    return make(pair, pair / "report")


@torch.no_grad()
def test_the_share_of_the_kl_is_that_of_the_models_on_prompts_that_the_head_has_not_seen(pair, report):
    (base, tokenizer), (aligned, _) = load_model(pair / "base"), load_model(pair / "aligned")
    head = load_head(pair / "report" / "head", base, tokenizer)
    assert head.card["prompts"]["count"] == report.numbers["learned_from"] == 80
    questions = data_file(report.page, "view-1 to 16")["questions"]
    held_out = {question["prompt"] for question in questions}
    assert len(held_out) == 16
    positions = pd.read_parquet(pair / "report" / "positions.parquet")
    assert positions["prompt"].nunique() == 20
    of_prompt = positions[positions["prompt"] == 0]
    prompt = questions[0]["prompt"]
    plain, turn = (tokenizer(text)["input_ids"] for text in (prompt, f"<user> {prompt} <assistant>"))
    response = [tokenizer.convert_tokens_to_ids(token) for token in of_prompt["token"]]
    for at, row in enumerate(of_prompt.itertuples()):
        output = base(input_ids=torch.tensor([plain + response[:at]]), output_hidden_states=True)
        teacher = aligned(input_ids=torch.tensor([turn + response[:at]])).logits[0, -1].log_softmax(-1)
        student = output.logits[0, -1] + head.delta @ output.hidden_states[-1][0, -1]
        for logits, measured in ((output.logits[0, -1], row.kl_base), (student, row.kl_superficial)):
            expected = (teacher.exp() * (teacher - logits.log_softmax(-1))).sum().item()
            assert measured == pytest.approx(expected, rel=1e-3, abs=1e-5)
        tops = [set(logits.topk(30).indices.tolist()) for logits in (student, teacher)]
        assert row.overlap_superficial == pytest.approx(len(tops[0] & tops[1]) / len(tops[0] | tops[1]))
    fall = 1 - positions["kl_superficial"].sum() / positions["kl_base"].sum()
    assert report.numbers["kl"]["fall"]["value"] == pytest.approx(fall)


def test_the_page_shows_every_response_to_the_top_30_without_scores(report):
    read = elements(report.page)
    assert f"{100 * report.numbers['kl']['fall']['value']:.1f} %" in read.text
    assert all(len(a["alt"].split()) > 5 for tag, a in read.found if tag == "img")
    names = [a.get("src") or a.get("href") for _, a in read.found if a.get("src") or a.get("href")]
    files = {name for name in names if not name.startswith(("#", "data:"))}
    assert [name for name in files if not (report.page.parent / name).is_file()] == []
    content = data_file(report.page, "view-1 to 16")
    assert content["values"] == {} and content["means"] == []
    response = content["questions"][0]["responses"]["superficial"]
    positions = len(response["tokens"])
    # Four bytes a token, in base64.
    assert len(response["top"]["base"].rstrip("=")) * 3 // 4 == positions * 30 * 4
    assert len(response["overlap"]["after"]) == positions


def test_a_killed_report_continues_and_ends_the_same(pair, report, monkeypatch):
    out, done = pair / "killed", []

    def killed_in_the_second_part(*arguments, **named):
        if len(done) == 1:
            raise KeyboardInterrupt
        done.append(measure(*arguments, **named))
        return done[-1]

    measure = measuring._traces
    monkeypatch.setattr(measuring, "_traces", killed_in_the_second_part)
    with pytest.raises(KeyboardInterrupt):
        make(pair, out)
    assert not (out / "index.html").exists()
    monkeypatch.undo()

    def refused(*arguments, **named):
        raise AssertionError("what is finished is not done again")

    monkeypatch.setattr(measuring, "_trace", refused)
    monkeypatch.setattr(measuring, "learn_head", refused)
    resumed = make(pair, out)
    assert resumed.numbers | {"cost": report.numbers["cost"]} == report.numbers
    for file in ("data/view-1 to 16.js", "figures/kl-by-position.csv", "positions.parquet"):
        assert (out / file).read_bytes() == (pair / "report" / file).read_bytes()
    assert not (out / "work").exists()


def test_a_finished_report_is_read_again_and_other_folders_are_left_alone(pair, report, tmp_path):
    before = report.page.stat().st_mtime_ns
    assert make(pair, pair / "report") == report
    assert report.page.stat().st_mtime_ns == before
    with pytest.raises(ValueError, match="is a report with another max_new_tokens: 5, and this is 6"):
        make(pair, pair / "report", max_new_tokens=6)
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValueError, match="mine exists already and is no report; name a new folder"):
        make(pair, tmp_path / "mine")


def test_a_saved_head_is_measured_on_new_prompts_alone(pair, tmp_path):
    few = tmp_path / "few.txt"
    few.write_text("\n".join(prompts_of(8)))
    extract_from_checkpoints(
        str(pair / "base"), str(pair / "aligned"), few, tmp_path / "head", 3, None, 0, TOKENS, None
    )
    more = tmp_path / "more.txt"
    more.write_text("\n".join(prompts_of(14)))
    made = make(pair, tmp_path / "report", prompts=more, head=tmp_path / "head")
    assert (made.numbers["prompts"], made.numbers["left_out"], made.numbers["learned_from"]) == (6, 8, 0)
    assert made.numbers["kind"] == "black-box"
    assert not (tmp_path / "report" / "head").exists()
    json.loads((tmp_path / "report" / "report.json").read_text())
    with pytest.raises(ValueError, match="0 of the 8 prompts are new to this head"):
        make(pair, tmp_path / "none", prompts=few, head=tmp_path / "head")
