"""What identifies a model: its name, revision and weights."""

from superficial.models.identity import identify
from tests.support.tiny_models import tiny_model


def test_a_model_is_named_as_its_hub_or_its_folder_does(tokenizer, tmp_path):
    model = tiny_model("llama", 0)
    named = {"unnamed": "", "somebody/tiny": "somebody/tiny", tmp_path.name: str(tmp_path)}
    for name, path in named.items():
        model.name_or_path = path
        assert (identify(model, tokenizer).name, identify(model, tokenizer).revision) == (name, None)
    model.name_or_path = "/cache/models--somebody--tiny/snapshots/0123abc"
    identity = identify(model, tokenizer)
    assert (identity.name, identity.revision) == ("somebody/tiny", "0123abc")
    model.lm_head.weight.data[5, 5] += 1
    assert identify(model, tokenizer).weights != identity.weights
