"""Every causal language model of the installed transformers as a model of some kilobytes with random weights."""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, PreTrainedModel
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

VOCABULARY = 64
POSITIONS = 128
# Models for text and images whose text part is a causal language model, beside those that AutoModelForCausalLM knows.
MULTIMODAL = ("llava", "mistral3", "qwen2_5_vl", "qwen3_vl", "internvl", "smolvlm", "idefics3", "aya_vision")
ARCHITECTURES = (*MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, *MULTIMODAL)

# The sizes of settings, by their names.
_SIZES: dict[int | float, str] = {
    1: """
        encoder_layers first_k_dense_replace mamba_expand mamba_n_groups mamba_ngroups n_group n_groups
        n_shared_experts num_dense_layers num_expert_group num_groups num_shared_experts topk_group zero_expert_num
    """,
    2: """
        decoder_layers encoder_layers index_n_heads linear_num_key_heads moe_k moe_topk n_layer n_layers n_mamba_heads
        num_decoder_layers num_encoder_layers num_experts_per_tok num_experts_per_token num_global_key_value_heads
        num_hidden_layers num_key_value_heads num_layers swa_num_key_value_heads top_k_experts
    """,
    3: "bos_token_id conv_L_cache",
    4: """
        adapter_rank decoder_attention_heads encoder_attention_heads linear_conv_kernel_dim linear_num_heads
        linear_num_value_heads mamba_d_conv mamba_dt_rank mamba_n_heads mamba_num_heads moe_num_experts n_head n_heads
        n_routed_experts num_attention_heads num_decoder_attention_heads num_encoder_attention_heads num_experts
        num_heads num_local_experts rotary_dim rotary_ndims short_conv_kernel_size swa_num_attention_heads
        time_step_rank
    """,
    8: """
        chunk_size d_head global_head_dim head_dim hidden_size_per_layer_input index_topk linear_head_dim
        linear_key_head_dim linear_value_head_dim mamba_chunk_size mamba_d_head mamba_d_state mamba_head_dim
        mamba_headdim qk_nope_head_dim qk_rope_head_dim ssm_state_size state_size swa_head_dim v_head_dim
    """,
    16: """
        attention_window_size expert_ffn_hidden_size index_head_dim kv_lora_rank moe_ffn_hidden_size
        moe_intermediate_size q_lora_rank qk_head_dim shared_expert_intermediate_size sliding_window
    """,
    32: """
        attention_hidden_size block_dim conv_dim d_model dim_model emb_dim embedding_size hidden_dim hidden_size
        lru_width mamba_d_ssm n_embd word_embed_proj_dim
    """,
    48: """
        block_ff_dim d_ff d_inner decoder_ffn_dim dim_ff encoder_ffn_dim ffn_dim ffn_hidden_size intermediate_size
        n_inner shared_intermediate_size
    """,
    VOCABULARY: "vocab_size vocab_size_per_layer_input",
    POSITIONS: "max_position_embeddings max_seq_len n_ctx n_positions",
    0.4: "initializer_range",
    0: "pad_token_id",
}
_SIZE_OF = {name: size for size, names in _SIZES.items() for name in names.split()}
# Left out where an architecture has them but does not use them.
_OFTEN_ABSENT = ("sliding_window", "q_lora_rank")
_LAYER_KINDS = ("layer_types", "layers_block_type")
# What the general sizes do not fit.
_ROPE = {"rope_type": "default", "rope_theta": 10000.0}
_OTHERS: dict[str, dict[str, Any]] = {
    "bamba": {"attn_layer_indices": [1]},
    "cohere_compass_text": {"rope_parameters": {"full_attention": _ROPE, "sliding_attention": _ROPE}},
    "cpmant": {
        "dim_head": 8,
        "prompt_types": 4,
        "prompt_length": 4,
        "segment_types": 4,
        "position_bias_num_buckets": 32,
    },
    "ctrl": {"dff": 48},
    "dbrx": {
        "attn_config": {"kv_n_heads": 2, "clip_qkv": 8.0, "rope_theta": 10000.0},
        "ffn_config": {"ffn_hidden_size": 48, "moe_num_experts": 4, "moe_top_k": 2},
    },
    "deepseek_v4": {
        "num_key_value_heads": 1,
        "head_dim": 16,
        "o_groups": 2,
        "o_lora_rank": 16,
        "compress_rates": {"compressed_sparse_attention": 2, "heavily_compressed_attention": 4},
        "mlp_layer_types": ["hash_moe", "moe"],
    },
    "dots1": {"layer_types": ["full_attention"] * 2},
    "dots3_note_text": {
        "layer_types": ["indexed_attention", "sliding_attention"],
        "mlp_layer_types": ["dense", "sparse"],
        "per_layer_config": {},
        "shared_experts_intermediate_size": 16,
        "head_dim": 16,
        "v_head_dim": 16,
    },
    "gemma3n_text": {
        "num_hidden_layers": 4,
        "num_kv_shared_layers": 2,
        "laurel_rank": 8,
        "layer_types": ["sliding_attention", "full_attention"] * 2,
        "intermediate_size": [48] * 4,
        "activation_sparsity_pattern": [0.5, 0.5, 0.0, 0.0],
    },
    "gpt_neo": {"attention_types": [[["global", "local"], 1]], "window_size": 16},
    "granitemoehybrid": {"layer_types": ["linear_attention", "full_attention"]},
    "jetmoe": {"kv_channels": 8, "num_key_value_heads": 2, "num_attention_heads": 4},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1},
    "lfm2": {"layer_types": ["conv", "full_attention"]},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"], "num_dense_layers": 1},
    "mamba2": {"num_heads": 8, "head_dim": 8, "expand": 2},
    "nemotron_h": {"moe_shared_expert_intermediate_size": 16, "mamba_num_heads": 8, "n_groups": 1},
    "qwen2_5_vl_text": {"rope_parameters": _ROPE | {"mrope_section": [2, 1, 1]}},
    "qwen4_exp_text": {"hc_lowrank": 8},
    "reformer": {
        "is_decoder": True,
        "axial_pos_shape": (8, 16),
        "axial_pos_embds_dim": (16, 16),
        "attn_layers": ["local", "local"],
    },
    "rembert": {"input_embedding_size": 16, "output_embedding_size": 16},
    "roc_bert": {
        "pronunciation_embed_dim": 8,
        "pronunciation_vocab_size": 16,
        "shape_embed_dim": 8,
        "shape_vocab_size": 16,
    },
    "zamba": {
        "num_hidden_layers": 4,
        "layers_block_type": ["linear_attention", "hybrid"] * 2,
        "attention_head_dim": 16,
        "attention_hidden_size": 64,
    },
    "zamba2": {
        "num_hidden_layers": 4,
        "layers_block_type": ["linear_attention", "hybrid"] * 2,
        "attention_head_dim": 16,
        "attention_hidden_size": 64,
        "mamba_headdim": 8,
        "n_mamba_heads": 8,
        "mamba_ngroups": 1,
    },
    "zaya": {"num_experts_per_tok": 1, "router_hidden_size": 16},
}


def build(kind: str, seed: int = 0, **settings: Any) -> PreTrainedModel:
    """A tiny model of an architecture in float32, with random numbers also where weights usually begin as 0 or 1."""
    config = CONFIG_MAPPING[kind](**_settings(CONFIG_MAPPING[kind], kind) | settings)
    torch.manual_seed(seed)
    model_class = AutoModelForImageTextToText if kind in MULTIMODAL else AutoModelForCausalLM
    model = model_class.from_config(config).float().eval()
    for parameter in model.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    return model


def _settings(config_class: type, kind: str) -> dict[str, Any]:
    default = config_class()
    present = default.to_dict()
    settings: dict[str, Any] = {name: size for name, size in _SIZE_OF.items() if name in present}
    settings = {name: size for name, size in settings.items() if name not in _OFTEN_ABSENT or present[name] is not None}
    if "kv_lora_rank" in present:
        settings["num_key_value_heads"] = settings["num_attention_heads"]
    for name in _LAYER_KINDS:
        kinds = list(dict.fromkeys(present.get(name) or []))
        if len(kinds) > 1:
            settings |= {name: kinds, "num_hidden_layers": len(kinds)}
    for name in getattr(config_class, "sub_configs", {}):
        part = getattr(default, name, None)
        if part is not None:
            settings[name] = _settings(type(part), part.model_type)
    return settings | {"eos_token_id": None, "dtype": "float32"} | _OTHERS.get(kind, {})
