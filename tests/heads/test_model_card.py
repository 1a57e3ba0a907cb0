"""The README.md of a saved head: front matter that a hub reads, whatever the card holds."""

import pytest
import yaml

from superficial.heads.files import Inspection
from superficial.heads.model_card import model_card

CARD = {"kind": "residual", "base": {"name": "org/base"}, "aligned": {"name": "org/chat"}, "prompts": {"count": 32}}
INSPECTION = Inspection.model_validate(
    {
        "kind": "residual",
        "alpha": 1.0,
        "shape": [64, 32],
        "prompts": 3,
        "positions": 15,
        "kl": {"base": 1.25, "superficial": 0.5},
        "kl_by_position": [],
        "rises": [{"token": "\n`I'm" if i == 3 else f"w{i}", "id": i, "mean_change": 0.5} for i in range(3, 15)],
        "falls": [],
        "energy_by_rank": [],
    }
)


def front_matter(text):
    before, front, rest = text.split("---\n", 2)
    assert before == ""
    return yaml.safe_load(front), rest


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", {"license": "mit"}),
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("My licence: v2\n---", {"license": "other", "license_name": "my-licence-v2"}),
    ],
)
def test_the_front_matter_names_base_licence_library_and_tags(licence, expected):
    front, rest = front_matter(model_card(CARD | {"licence": licence}, INSPECTION))
    assert {name: value for name, value in front.items() if name.startswith("license")} == expected
    assert front["base_model"] == "org/base"
    assert front["library_name"] == "superficial"
    assert "alignment" in front["tags"]
    assert "# Residual head dW: org/chat on org/base\n" in rest
    assert "1.2500 nats without, 0.5000 with the head" in rest
    assert "load_head" in rest
    assert rest.partition("rise most: ")[2].splitlines()[0].endswith(", `'w11'`, `'w12'`"), "the first ten"
    assert "- Strength: 1\n" in rest and "- Prompts: 32\n" in rest


def test_a_head_that_nothing_is_known_of_has_a_card_too():
    front, rest = front_matter(model_card({"kind": "black-box"}, None))
    assert "base_model" not in front and front["license"] == "other"
    assert "Black-box head" in rest and "nats" not in rest
