"""Grafts of tiny random models of every architecture: the ends of the curve are the two models, to the last digit."""

import copy
import re

import pytest
import torch

from superficial.config.depth import Graft
from superficial.depth.graft import check_alike, differing, graft_into, grafted, taken
from superficial.depth.parts import parts_of
from tests.support import architectures
from tests.support.tiny_models import ARCHITECTURES, TIED, tiny_llama, tiny_model

IDS = torch.tensor([[5, 9, 7, 3, 11]])
EVERYTHING = {"blocks": 2, "norm": True, "embeddings": True}


def logits(model):
    with torch.no_grad():
        return model(input_ids=IDS, use_cache=False).logits


def with_head_of(model, other):
    changed = copy.deepcopy(model)
    head = other.get_output_embeddings()
    changed.get_output_embeddings().weight = torch.nn.Parameter(head.weight.detach().clone())
    if getattr(head, "bias", None) is not None:
        changed.get_output_embeddings().bias = torch.nn.Parameter(head.bias.detach().clone())
    return changed


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_no_blocks_are_the_base_and_everything_with_its_head_is_the_aligned_model(architecture):
    base, aligned = tiny_model(architecture, 0), tiny_model(architecture, 1)
    parts, own = check_alike(base, aligned), logits(base)
    with grafted(base, aligned, Graft(blocks=0), parts) as same:
        assert torch.equal(logits(same), own)
    with grafted(base, aligned, Graft(**EVERYTHING), parts) as everything:
        assert not torch.equal(logits(everything), own)
        assert torch.equal(logits(with_head_of(everything, aligned)), logits(aligned))
    assert torch.equal(logits(base), own)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_blocks_are_taken_from_the_named_side(architecture):
    base, aligned = tiny_model(architecture, 0), tiny_model(architecture, 1)
    parts = check_alike(base, aligned)
    assert taken(parts, Graft(blocks=1)) == (parts.block(1),)
    assert taken(parts, Graft(blocks=1, side="bottom")) == (parts.block(0),)
    # By hand: the state of one block, copied.
    expected = copy.deepcopy(base)
    expected.get_submodule(parts.block(1)).load_state_dict(aligned.get_submodule(parts.block(1)).state_dict())
    with grafted(base, aligned, Graft(blocks=1), parts) as top:
        assert torch.equal(logits(top), logits(expected))
        inside = logits(top)
    graft_into(base, aligned, Graft(blocks=1))
    assert torch.equal(logits(base), inside)


def test_what_runs_before_and_after_the_blocks_is_found_by_running():
    parts = parts_of(tiny_model("gpt2", 0))
    assert (parts.blocks, parts.count) == ("transformer.h", 2)
    assert parts.before == ("transformer.wte", "transformer.wpe")
    assert parts.after == ("transformer.ln_f",)


@pytest.mark.parametrize("architecture", TIED)
def test_a_copied_graft_of_tied_embeddings_keeps_the_head_of_the_base(architecture):
    base, aligned = tiny_model(architecture, 0), tiny_model(architecture, 1)
    head = base.get_output_embeddings().weight.detach().clone()
    graft_into(base, aligned, Graft(**EVERYTHING))
    assert torch.equal(base.get_output_embeddings().weight, head)
    assert torch.equal(base.get_input_embeddings().weight, aligned.get_input_embeddings().weight)


def test_only_parts_that_differ_are_named():
    base, aligned = tiny_llama(0), tiny_llama(0)
    parts = check_alike(base, aligned)
    assert differing(base, aligned, parts) == frozenset()
    aligned.model.layers[1].mlp.up_proj.weight.data[0, 0] += 1
    assert differing(base, aligned, parts) == {"model.layers.1"}


UNLIKE = {
    "another number of blocks": ("num_hidden_layers", 3),
    "another width": ("hidden_size", 64),
    "other positions": ("rope_parameters", {"rope_type": "default", "rope_theta": 5.0}),
    "another norm": ("rms_norm_eps", 0.5),
}


@pytest.mark.parametrize(("field", "value"), UNLIKE.values(), ids=UNLIKE)
def test_unlike_configurations_are_refused_by_name(field, value):
    base = tiny_llama(0)
    config = copy.deepcopy(base.config)
    setattr(config, field, value)
    aligned = type(base)(config).eval()
    with pytest.raises(ValueError, match=f"differ in {field}"):
        check_alike(base, aligned)


def test_another_architecture_and_too_many_blocks_are_refused():
    base = tiny_llama(0)
    with pytest.raises(ValueError, match="configurations differ in "):
        check_alike(base, tiny_model("gpt2", 0))
    with pytest.raises(ValueError, match="blocks is 3; the models have 2 blocks"):
        taken(parts_of(base), Graft(blocks=3))


def outcome(kind):
    """Whether all ends of a graft of an architecture are right, or why it is refused."""
    base, aligned = architectures.build(kind, 0), architectures.build(kind, 1)
    try:
        parts = check_alike(base, aligned)
    except ValueError as error:
        return f"refused: {error}"
    own = logits(base)
    with grafted(base, aligned, Graft(blocks=parts.count, norm=True, embeddings=True), parts) as everything:
        whole = logits(with_head_of(everything, aligned))
    assert torch.equal(logits(base), own)
    return "right" if torch.equal(whole, logits(aligned)) else "wrong"


@pytest.mark.parametrize("kind", ["llama", "qwen3", "gemma2", "gpt2", "opt", "bloom", "falcon", "mamba", "mixtral"])
def test_often_used_architectures_are_grafted_exactly(kind):
    assert outcome(kind) == "right"


# What transformers cannot build or run here at toy size, and a part of what it says; see docs/MODELS.md.
_NO_TINY_SIZE = "[Vv]alidation error|per_layer_config|layer types|NoneType|has no attribute|RuntimeError"
CANNOT_RUN = {
    "gemma3n": "requires the timm library",
    "xmod": "Input language unknown",
    "dots3_note": _NO_TINY_SIZE,
    "gemma4_assistant": _NO_TINY_SIZE,
    "gemma4_unified_assistant": _NO_TINY_SIZE,
    "musicgen": _NO_TINY_SIZE,
    "musicgen_melody": _NO_TINY_SIZE,
    "qwen4_exp": _NO_TINY_SIZE,
    "qwen4_exp_text": _NO_TINY_SIZE,
    "zamba2": _NO_TINY_SIZE,
}
TOO_LARGE = ("blt", "phi4_multimodal")
# Why blocks of some architectures cannot be exchanged.
REFUSALS = ("has no single list of blocks", "shares weights between blocks", "has weights that belong to no block")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in architectures.ARCHITECTURES if kind not in CANNOT_RUN])
def test_every_architecture_is_grafted_exactly_or_refused_for_a_known_reason(kind):
    if kind in TOO_LARGE:
        pytest.skip(f"some parts of {kind} stay large whatever its configuration says")
    result = outcome(kind)
    assert result == "right" or any(reason in result for reason in REFUSALS), result


@pytest.mark.slow
@pytest.mark.parametrize("kind", CANNOT_RUN)
def test_an_architecture_that_is_not_grafted_cannot_run_here(kind):
    try:
        logits(architectures.build(kind))
    except Exception as error:
        assert re.search(CANNOT_RUN[kind], f"{type(error).__name__}: {error}"), error
    else:
        pytest.fail(f"{kind} can run now: take it out of CANNOT_RUN, so that its graft is tested")
