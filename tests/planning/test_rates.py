"""The file of cards."""

import pytest
import yaml

from superficial.planning.rates import CARDS, read_rates


def test_the_cards_of_the_plan_are_read():
    rates = read_rates()
    assert set(rates.cards) == {"RTX 4090", "A6000", "A100", "H100", "H200"}
    assert rates.cards["H200"].memory_bytes == 141e9


def test_a_share_above_one_is_refused(tmp_path):
    content = yaml.safe_load(CARDS.read_text(encoding="utf-8"))
    content["assumptions"]["matmul_share"] = 1.2
    file = tmp_path / "cards.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match=r"field 'assumptions\.matmul_share' has the value 1\.2"):
        read_rates(file)
