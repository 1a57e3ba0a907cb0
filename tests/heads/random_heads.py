"""Random heads for tiny models, and what a model with a head generates."""

import torch

from superficial.heads.residual import ResidualHead
from superficial.models.identity import identify


def random_residual_head(model, tokenizer, rank: int = 32) -> ResidualHead:
    """A random residual head whose card names the model."""
    generator = torch.Generator().manual_seed(3)
    vocabulary, width = model.get_output_embeddings().weight.shape
    delta = torch.randn(vocabulary, rank, generator=generator) @ torch.randn(rank, width, generator=generator)
    return ResidualHead(0.3 * delta / rank**0.5, card={"base": vars(identify(model, tokenizer)), "rank": rank})


def tokenized(tokenizer, prompts):
    """Prompts as a padded batch."""
    return tokenizer(prompts, padding=True, return_tensors="pt", return_token_type_ids=False)


def twelve_tokens(model, tokenizer, prompts, **settings) -> list[list[int]]:
    """Twelve new tokens per prompt, by transformers' own generate."""
    inputs = tokenized(tokenizer, prompts)
    sequences = model.generate(**inputs, max_new_tokens=12, pad_token_id=0, **{"do_sample": False} | settings)
    return sequences[:, inputs["input_ids"].shape[1] :].tolist()
