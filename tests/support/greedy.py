"""Greedy generation as its definition: the whole text is read again for each token, and the largest logit is taken."""

import copy

import torch


@torch.no_grad()
def argmax_loop(model, prompt, end_tokens, limit):
    """The response to one prompt. A new copy of the model reads it for each token: some keep what they read before.

    The copies share the parameters, which reading does not change.
    """
    ids, shared = list(prompt), {id(parameter): parameter for parameter in model.parameters()}
    while len(ids) < len(prompt) + limit and not (len(ids) > len(prompt) and ids[-1] in end_tokens):
        logits = copy.deepcopy(model, dict(shared))(input_ids=torch.tensor([ids]), use_cache=False).logits
        ids.append(int(logits[0, -1].argmax()))
    return ids[len(prompt) :]
