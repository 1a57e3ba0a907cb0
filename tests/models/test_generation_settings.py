"""Settings that come with a checkpoint change no response, except for its end tokens."""

import json

import pytest
from transformers import GenerationConfig

from superficial.models.end_tokens import end_tokens_of
from superficial.models.generation import generate
from superficial.models.loading import load_model
from tests.support.greedy import argmax_loop
from tests.support.tiny_models import END_TOKEN, random_prompts, tiny_llama, tiny_model

PROMPTS = random_prompts(1, 4)
# For each field a value that changes what transformers generates, or that it refuses.
SETTINGS = {
    "max_length": 3,
    "max_new_tokens": 2048,
    "min_length": 40,
    "min_new_tokens": 9,
    "early_stopping": "sometimes",
    "max_time": 1e-9,
    "stop_strings": ["w1"],
    "do_sample": True,
    "num_beams": 3,
    "use_mtp": True,
    "use_cache": False,
    "cache_implementation": "static",
    "cache_config": {"backend": "nothing"},
    "max_cache_len": 3,
    "temperature": 9.0,
    "top_k": 3,
    "top_p": 0.1,
    "min_p": 0.9,
    "top_h": 0.1,
    "typical_p": 0.1,
    "epsilon_cutoff": 0.5,
    "eta_cutoff": 0.5,
    "repetition_penalty": 9.0,
    "encoder_repetition_penalty": 9.0,
    "length_penalty": 9.0,
    "no_repeat_ngram_size": 1,
    "bad_words_ids": [[number] for number in range(3, 40)],
    "renormalize_logits": True,
    "forced_bos_token_id": 7,
    "forced_eos_token_id": 7,
    "remove_invalid_values": True,
    "exponential_decay_length_penalty": [1, 9.0],
    "suppress_tokens": list(range(3, 40)),
    "begin_suppress_tokens": list(range(3, 40)),
    "sequence_bias": [[[5], 99.0]],
    "token_healing": True,
    "guidance_scale": 9.0,
    "watermarking_config": {"nothing": 1},
    "num_return_sequences": 4,
    "output_attentions": True,
    "output_hidden_states": True,
    "output_scores": True,
    "output_logits": True,
    "return_dict_in_generate": False,
    "pad_token_id": -1,
    "bos_token_id": 10**6,
    "encoder_no_repeat_ngram_size": 1,
    "decoder_start_token_id": 7,
    "is_assistant": True,
    "num_assistant_tokens": 3,
    "num_assistant_tokens_schedule": "constant",
    "assistant_confidence_threshold": 0.9,
    "prompt_lookup_num_tokens": 3,
    "max_matching_ngram_size": 2,
    "assistant_early_exit": 1,
    "assistant_lookbehind": 3,
    "target_lookbehind": 3,
    "assistant_ensemble_weight": 0.5,
    "speculation_type": "nothing",
    "compile_config": {"nothing": 1},
    "disable_compile": False,
    "continuous_batching_config": {"nothing": 1},
    "low_memory": True,
    "penalty_alpha": 0.9,
    "dola_layers": "low",
    "diversity_penalty": 9.0,
    "num_beam_groups": 2,
    "constraints": [1],
    "force_words_ids": [[7]],
    "prefill_chunk_size": 2,
    "transformers_version": "99.0",
}
END_TOKENS = "eos_token_id"


@pytest.fixture(scope="module")
def expected():
    return [argmax_loop(tiny_llama(1), prompt, [END_TOKEN], 12) for prompt in PROMPTS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint")
    tiny_llama(1).save_pretrained(path)
    return path


def test_every_field_of_the_installed_transformers_is_tried():
    fields = {name for name in vars(GenerationConfig()) if not name.startswith("_")}
    assert fields - set(SETTINGS) == {END_TOKENS}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_of_a_loaded_model_changes_no_response(name, expected):
    model = tiny_llama(1)
    setattr(model.generation_config, name, SETTINGS[name])
    own = model.generation_config
    assert generate(model, PROMPTS, END_TOKEN, 12, batch_size=3) == expected
    assert model.generation_config is own


@pytest.mark.parametrize("file", ["generation_config.json", "config.json"])
def test_settings_of_a_file_change_no_response_and_stop_no_run(file, folder, tokenizer, tmp_path, expected):
    tiny_llama(1).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    stored = json.loads((tmp_path / file).read_text())
    for names in (
        [[name] for name in REFUSED] + [list(REFUSED)] if file == "generation_config.json" else [["use_cache"]]
    ):
        settings = stored | {name: SETTINGS[name] for name in names} | {END_TOKENS: END_TOKEN}
        (tmp_path / file).write_text(json.dumps(settings))
        model, _ = load_model(tmp_path)
        assert end_tokens_of(model, tokenizer) == [END_TOKEN, 0]
        assert generate(model, PROMPTS, END_TOKEN, 12, batch_size=3) == expected


# transformers refuses to load a model with one of these.
REFUSED = ("early_stopping", "num_return_sequences", "watermarking_config", "compile_config")


@pytest.mark.parametrize("architecture", ["llama", "mistral", "gpt2"])
def test_a_model_configured_without_a_cache_generates_as_with_one(architecture):
    model, prompts = tiny_model(architecture, 0), [[5, 6, 7], [8, 9, 10, 11], [12, 13]]
    expected = [argmax_loop(model, prompt, [3], 10) for prompt in prompts]
    model.config.use_cache = False
    assert generate(model, prompts, 3, 10, batch_size=3) == expected
