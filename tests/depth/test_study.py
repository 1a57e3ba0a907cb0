"""The depth of a pair of checkpoints, as `superficial depth` draws it."""

import copy

import pandas as pd
import pytest
import torch

from superficial.console import commands
from superficial.depth.study import chosen_points, measure_depth
from tests.support.tiny_models import SIZE, tiny_model


@pytest.fixture
def pair():
    """A Llama, and a copy of which the upper block was changed; the tokenizer's end token is 0."""
    base = tiny_model("llama", 0)
    base.generation_config.eos_token_id = 0
    aligned = copy.deepcopy(base)
    torch.manual_seed(1)
    for parameter in aligned.model.layers[1].parameters():
        parameter.data.add_(0.3 * torch.randn_like(parameter))
    return base, aligned


def test_points_divide_the_blocks_and_end_beyond_them():
    names = [point.name for point in chosen_points(30, 3)]
    assert names == ["top 0", "top 10", "top 20", "top 30", "all but the embeddings", "everything"]
    assert len(chosen_points(SIZE["num_hidden_layers"], 8)) == 5


def test_the_curve_of_a_pair_falls_at_the_block_that_differs(pair, tokenizer, prompts):
    tokenizer.chat_template = None
    base, aligned = pair
    positions = measure_depth(base, aligned, tokenizer, prompts, max_new_tokens=5)
    kl = positions.groupby("point", sort=False)["kl_superficial"].mean()
    assert kl["top 0"] > 0.01
    assert kl["top 1"] < 1e-3 * kl["top 0"]
    assert kl["everything"] == 0
    assert positions[positions["point"] == "everything"]["agrees"].all()
    assert positions["prompt"].nunique() == round(0.2 * len(prompts))


def test_the_command_writes_the_numbers_and_the_figure(pair, tokenizer, prompts, tmp_path):
    for model, name in zip(pair, ("base", "aligned"), strict=True):
        model.save_pretrained(tmp_path / name)
        tokenizer.save_pretrained(tmp_path / name)
    file, out = tmp_path / "prompts.txt", tmp_path / "out"
    file.write_text("\n".join(prompts))
    answer = commands.depth(
        str(tmp_path / "base"), str(tmp_path / "aligned"), str(file), str(out), points=2, max_new_tokens=4
    )
    assert {path.name for path in out.iterdir()} == {"depth.csv", "depth.png", "depth.pdf"}
    table = pd.read_csv(out / "depth.csv")
    assert table["point"].tolist() == ["top 0", "top 1", "top 2", "all but the embeddings", "everything"]
    assert [point["point"] for point in answer.content["points"]] == table["point"].tolist()
    with pytest.raises(ValueError, match="exists already"):
        commands.depth(str(tmp_path / "base"), str(tmp_path / "aligned"), str(file), str(out))


def test_too_few_prompts_and_points_are_refused(pair, tokenizer):
    with pytest.raises(ValueError, match="There are 2 different prompts; a depth curve needs at least 3"):
        measure_depth(pair[0], pair[1], tokenizer, ["w1 w2", "w3 w4"])
    with pytest.raises(ValueError, match="points is 0; it must be at least 1"):
        commands.depth("base", "aligned", "prompts.txt", points=0)
