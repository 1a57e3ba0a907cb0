"""The depth curve of tiny pairs: its first point is the paper's head, its last the aligned model, to the last digit."""

import pytest
import torch

from superficial.config.distillation import DistillationSettings
from superficial.depth.curve import DepthPair, points, reread, student_logits
from superficial.depth.graft import check_alike
from superficial.depth.lens import agreement_by_layer, layer_states
from superficial.depth_points import EVERYTHING
from superficial.distillation.heads import train_residual_head
from superficial.models.generation import generate
from superficial.traces.output_head import Pair
from superficial.traces.positions import measure_positions
from superficial.traces.tracing import hidden_states, trace_responses
from tests.support.tiny_models import END_TOKEN, random_prompts, tiny_llama, tiny_model

SETTINGS = DistillationSettings()


def planted(block):
    """A base, an aligned model of which one block differs, and the traces of its responses."""
    base, aligned = tiny_llama(0), tiny_llama(0)
    torch.manual_seed(3)
    for parameter in aligned.model.layers[block].parameters():
        parameter.data.add_(0.3 * torch.randn_like(parameter))
    return base, aligned


def traced(base, aligned):
    prompts = random_prompts(2, 60)
    responses = generate(aligned, prompts, END_TOKEN, max_new_tokens=6, batch_size=64)
    trace = trace_responses(base, aligned, prompts, prompts, responses, 64)
    return prompts, trace.select(trace.prompt >= 10), trace.select(trace.prompt < 10)


def curve(base, aligned, side):
    models = DepthPair.of(base, aligned, same_prompts=True)
    pair = Pair.of(base, aligned)
    prompts, train, validation = traced(base, aligned)
    measured = {}
    for point in points(side, models.parts.count):
        learned, held_out = (reread(models, point, prompts, trace, 64) for trace in (train, validation))
        head = train_residual_head(pair, learned, held_out, SETTINGS, [1]) if point.has_fresh_head else None
        measured[point.name] = measure_positions(pair, student_logits(pair, head), held_out), head
    return measured, pair, train, validation


def test_the_curve_begins_with_the_head_of_the_paper_and_ends_with_the_aligned_model():
    base, aligned = tiny_llama(0), tiny_llama(1)
    measured, pair, train, validation = curve(base, aligned, "top")
    paper = train_residual_head(pair, train, validation, SETTINGS, [1])
    assert torch.equal(measured["top 0"][1].delta, paper.delta)
    last, _ = measured[EVERYTHING]
    assert torch.equal(last["student"], last["target"])
    assert not last["kl_superficial"].any()
    assert list(measured) == ["top 0", "top 1", "top 2", "all but the embeddings", EVERYTHING]


def test_chosen_numbers_of_blocks_are_points_of_both_sides():
    chosen = [0, 1, 4, 7, 8]
    names = {side: [point.name for point in points(side, 8, chosen)] for side in ("top", "bottom")}
    beyond = ["all but the embeddings", EVERYTHING]
    assert names["top"] == [*(f"top {number}" for number in chosen), *beyond]
    assert names["bottom"] == ["bottom 1", "bottom 4", "bottom 7"]
    last = points("top", 8, chosen)[-1].graft
    assert (last.blocks, last.norm, last.embeddings) == (8, True, True)


@pytest.mark.parametrize(
    ("block", "flat", "full"), [(1, ["top 0"], ["top 1", "top 2"]), (0, ["top 0", "top 1"], ["top 2"])]
)
def test_the_curve_jumps_at_the_planted_block_and_is_flat_elsewhere(block, flat, full):
    base, aligned = planted(block)
    measured, *_ = curve(base, aligned, "top")
    alone = measured["top 0"][0]["kl_superficial"]
    assert alone.mean() > 0.01
    for name in flat:
        assert torch.equal(measured[name][0]["kl_superficial"], alone)
    for name in full:
        assert measured[name][0]["kl_superficial"].mean() < 1e-4 * alone.mean()


def test_the_curve_from_the_bottom_jumps_at_the_planted_block_too():
    base, aligned = planted(0)
    measured, *_ = curve(base, aligned, "bottom")
    assert measured["bottom 1"][0]["kl_superficial"].mean() < 1e-4


def test_grafts_that_change_the_same_parts_are_known_to_be_the_same_model():
    models = DepthPair.of(*planted(1), same_prompts=True)
    block = models.parts.block(1)
    assert [models.changed_by(point.graft) for point in points("top", 2)] == [frozenset(), *[{block}] * 4]


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "phi", "gemma"])
def test_the_lens_ends_at_the_models_own_states_and_begins_at_its_embeddings(architecture):
    model = tiny_model(architecture, 0)
    parts = check_alike(model, model)
    prompts, responses = [[5, 6], [7, 8, 9]], [[10, 11, 12], [13, 14]]
    by_text = dict(layer_states(model, parts, prompts, responses, 8))
    states = torch.cat([by_text[text] for text in range(len(prompts))], dim=1)
    own = hidden_states(model, prompts, responses, 8, [0, 1])
    assert states.shape == (3, 5, 32)
    torch.testing.assert_close(states[-1], own)
    if architecture == "llama":
        normed = model.model.norm(model.model.embed_tokens(torch.tensor([6, 10, 11, 9, 13])))
        torch.testing.assert_close(states[0], normed)


def test_agreement_by_layer_counts_what_a_plain_loop_counts(monkeypatch):
    # Fewer positions at once than one text has.
    monkeypatch.setattr("superficial.depth.lens.positions_at_once", lambda _: 4)
    base, aligned = planted(1)
    prompts, _, trace = traced(base, aligned)
    # Not in order of their lengths, in which the model reads them; and their numbers have gaps.
    trace = trace.select(trace.prompt % 3 > 0)
    pair = Pair.of(base, aligned)
    table = agreement_by_layer(aligned, pair.aligned, pair, trace, prompts, 4)
    rows = []
    for number, response in trace.responses().items():
        ids, begin = torch.tensor([prompts[number] + response]), len(prompts[number]) - 1
        with torch.no_grad():
            states = aligned(ids, output_hidden_states=True).hidden_states
            wanted = aligned(ids).logits[0, begin:-1].argmax(-1)
            shifted = base(ids).logits[0, begin:-1].argmax(-1) != wanted
            for layer, state in enumerate(states):
                # transformers gives the last one after the norm.
                normed = state if layer == len(states) - 1 else aligned.model.norm(state)
                agrees = aligned.lm_head(normed)[0, begin:-1].argmax(-1) == wanted
                both = (agrees & shifted).sum().item()
                rows.append((layer, number, agrees.sum().item(), both, len(wanted), shifted.sum().item()))
    columns = ["layer", "prompt", "agreeing", "agreeing_shifted", "positions", "shifted"]
    found = list(table[columns].itertuples(index=False, name=None))
    assert found == sorted(rows) and len({row[2] for row in rows}) > 2
