"""published.yaml is read whole, and what is wrong with one is said in a sentence."""

from collections import Counter

import pytest
import yaml

from repro.engine.paths import ROOT
from superficial.published.numbers import Place, load_published

FILE = ROOT / "paper" / "published.yaml"


def test_a_place_is_named_with_its_kind_unless_it_is_a_value():
    assert str(Place("table1", "7B", "gsm", "value")) == "table1, 7B, gsm"
    assert str(Place("table1", "7B", "gsm", "change")) == "table1, 7B, gsm (change)"
    assert str(Place("set-up", "", "gsm", "questions")) == "set-up, gsm (questions)"


def test_every_number_has_its_own_place_a_unit_and_a_direction():
    numbers = list(load_published(FILE).numbers())
    assert len({number.place for number in numbers}) == len(numbers)
    assert Counter(number.place.where for number in numbers if number.place.kind == "value") == {
        # Rows times columns as the paper prints them.
        **{"table1": 10 * 5, "table3": 2 * 5, "table4": 4 * 3, "table5": 5 * 5, "table6": 4 * 5, "table7": 2 * 2}
    }
    # Printed changes: 10 rows of Tables 1 and 3, 4 of Table 5, 3 of Table 6.
    assert sum(number.place.kind == "change" for number in numbers) == (10 + 4 + 3) * 5
    assert {number.value for number in numbers if number.place.kind == "share"} == {58, 78, 88}
    content = yaml.safe_load(FILE.read_text())
    assert Counter(number.place.kind for number in numbers if number.place.where == "set-up") == {
        "questions": sum(column["questions"] is not None for column in content["columns"].values()),
        "set-up": len(content["setup"]),
    }
    assert sum(number.place.kind == "repeated" for number in numbers) == len(content["repeated"]) > 0
    assert all((number.better is None) == (number.place.kind in ("set-up", "questions")) for number in numbers)


def test_values_and_bases_by_row():
    paper = load_published(FILE)
    assert paper.value("7B+Superficial", "gsm") == 0.140
    assert paper.value("7B-Chat", "mmlu") == 0.465
    assert paper.value("Qwen+Urial", "gsm") is None
    assert paper.value(None, "gsm") is None
    assert paper.base_of("13B+Urial") == "13B"
    assert paper.base_of("13B") is None
    math = next(share for share in paper.shares.values() if share.percent == 58)
    assert paper.share(math.comparison, math.column) == 0.58
    assert paper.share(math.comparison, "toxi_score") is None
    assert paper.share("superficial", "gsm") == 0.58
    assert paper.share("superficial", "info_true") == 0.78
    assert paper.share("superficial", "advbench") is None
    assert {paper.share(name, math.column) for name in ("", "a", "zz")} == {None}, "only a share of the same name"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p["columns"]["gsm"].update(better="sideways"), "'columns.gsm.better' has the value 'sideways'"),
        (lambda p: p["tables"]["table1"]["7B-Chat"].update(base="8B"), "7B-Chat names the row '8B'"),
        (lambda p: p["tables"]["table1"]["7B"]["values"].update(bleu=0.1), "names the column 'bleu'"),
        (lambda p: p["tables"]["table1"]["7B"].update(changes={"gsm": 0.1}), "prints changes and names no base row"),
        (lambda p: p["shares"]["math"].update(column="mmlu"), "no table prints 'mmlu' of 7B"),
        (lambda p: p["shares"]["math"].update(models=[]), "'shares.math.models' has the value []"),
        (lambda p: p["tables"]["table1"]["7B"].update(values={}), "'tables.table1.7B.values' has the value {}"),
        (lambda p: p["repeated"][0].update(row="9B"), "names the row '9B'"),
        (lambda p: p["models"]["7B"].update(student="9B"), "model 7B names the row '9B'"),
        (lambda p: p["setup"].update(x={"value": "many", "unit": "questions"}), "'setup.x.value' has the value 'many'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, change, said):
    content = yaml.safe_load(FILE.read_text())
    change(content)
    (tmp_path / "published.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(ValueError) as error:
        load_published(tmp_path / "published.yaml")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_row_may_have_a_single_value(tmp_path):
    content = yaml.safe_load(FILE.read_text())
    content["tables"]["table8"] = {"8B": {"values": {"mmlu": 0.5}}}
    (tmp_path / "published.yaml").write_text(yaml.safe_dump(content))
    assert load_published(tmp_path / "published.yaml").value("8B", "mmlu") == 0.5


def test_no_yaml_is_said_too(tmp_path):
    (tmp_path / "published.yaml").write_text("a: [")
    with pytest.raises(ValueError, match="is not YAML"):
        load_published(tmp_path / "published.yaml")
