"""A merged dW against plain transformers and against the paper's loop, and the model as it is afterwards."""

import pytest
import torch
from transformers import AutoModelForCausalLM

from bench import reference
from superficial.heads.merging import check_only_the_head_is_tied, merge, merged_temporarily
from superficial.models.generation import generate
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import END_TOKEN, TIED, WITH_BIAS, random_prompts, tiny_llama, tiny_model


def test_a_merged_head_responds_as_one_that_is_added_at_each_step():
    base, prompts = tiny_llama(0), random_prompts(4, 12)
    torch.manual_seed(6)
    delta = 0.3 * torch.randn_like(base.lm_head.weight)
    expected = reference.answer(base, delta, prompts, END_TOKEN, 7)
    alone = generate(base, prompts, END_TOKEN, max_new_tokens=7, batch_size=5)
    with merged_temporarily(base, delta):
        assert generate(base, prompts, END_TOKEN, max_new_tokens=7, batch_size=5) == expected != alone


@pytest.mark.parametrize("tied", [False, True])
def test_a_merged_checkpoint_reloads_as_base_plus_residual(tmp_path, tied):
    base = tiny_llama(4, tied)
    ids = torch.tensor([[5, 6, 7]])
    delta = torch.randn_like(base.get_output_embeddings().weight)
    with torch.no_grad():
        expected = base(input_ids=ids).logits + 0.5 * base.get_decoder()(input_ids=ids).last_hidden_state @ delta.T
    merge(base, delta, alpha=0.5)
    base.save_pretrained(tmp_path)
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert_rows_close(reloaded(input_ids=ids).logits, expected)


@pytest.mark.parametrize("tied", [False, True])
def test_an_error_inside_the_block_leaves_the_model_as_it_was(tied):
    base = tiny_llama(4, tied)
    weight = base.get_output_embeddings().weight
    with pytest.raises(RuntimeError, match="interrupted"), merged_temporarily(base, torch.ones_like(weight)):
        assert not torch.equal(base.get_output_embeddings().weight, weight)
        raise RuntimeError("interrupted")
    assert base.get_output_embeddings().weight is weight
    assert base.config.tie_word_embeddings is tied


@pytest.mark.parametrize("architecture", [*TIED, *WITH_BIAS])
def test_what_ties_weights_later_leaves_a_merged_head_alone(architecture):
    model = tiny_model(architecture, 0)
    delta = torch.randn_like(model.get_output_embeddings().weight)
    expected = model.get_output_embeddings().weight + delta
    merge(model, delta)
    model.tie_weights()
    assert torch.equal(model.get_output_embeddings().weight, expected)


def test_a_head_of_another_shape_is_refused():
    for rows, columns in ((3, 3), (50, 32)):
        with pytest.raises(ValueError, match=rf"\({rows}, {columns}\).*\(48, 32\)"):
            merge(tiny_llama(0), torch.zeros(rows, columns))


def test_an_embedding_of_two_names_may_be_tied_and_a_layer_may_not():
    model = tiny_model("gemma", 0)
    model.second_name = model.get_input_embeddings()
    embedding, layers = "model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight"
    model.all_tied_weights_keys = {"lm_head.weight": embedding, "second_name.weight": embedding}
    check_only_the_head_is_tied(model)
    model.all_tied_weights_keys |= {"model.layers.1.mlp.up_proj.weight": layers}
    with pytest.raises(ValueError, match=r"gemma shares weights between its layers, such as model\.layers\.1\.mlp"):
        check_only_the_head_is_tied(model)
