"""Stage 2: models and questions -> head, KL by position, and per-question scores of base, aligned, superficial."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import save_file

from superficial.config import load_profile
from superficial.files import atomic_write
from superficial.knowledge.distillation import DistillationSettings, distil, kl_divergence, split_by_prompt
from superficial.knowledge.residual_head import merge
from superficial.knowledge.traces import collect
from superficial.lab.oracle import judge
from superficial.models.generation import generate
from superficial.models.loading import check_same_vocabulary, load_model
from superficial.prompts import chat_prompt, plain_prompt

BATCH = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    profile, out = load_profile(arguments.profile), arguments.out
    torch.set_num_threads(profile.threads)
    base, tokenizer = load_model(out / "models" / "base")
    aligned, aligned_tokenizer = load_model(out / "models" / "aligned")
    check_same_vocabulary(tokenizer, aligned_tokenizer)
    length, eos = profile.max_new_tokens, tokenizer.eos_token_id

    def trace(split: str):
        texts = pd.read_parquet(out / "questions" / f"{split}.parquet")["prompt"]
        chat = [chat_prompt(aligned_tokenizer, text) for text in texts]
        plain = [plain_prompt(tokenizer, text) for text in texts]
        return collect(base, aligned, plain, chat, generate(aligned, chat, eos, length, BATCH), BATCH)

    print("tracing both models over the aligned model's responses", flush=True)
    train, chosen = trace("train"), profile.distillation
    validation = split_by_prompt(train.prompt, chosen.validation_share, profile.seed)
    weight, teacher_weight = (m.get_output_embeddings().weight.detach() for m in (base, aligned))
    settings = DistillationSettings(**chosen.model_dump(exclude={"validation_share"}), seed=profile.seed)
    print(f"distilling the head from {len(train.token)} positions", flush=True)
    delta, history = distil(weight, teacher_weight, train, validation, settings)
    (out / "head").mkdir(exist_ok=True)
    with atomic_write(out / "head" / "head.safetensors") as path:
        save_file({"delta": delta}, path)
    with atomic_write(out / "head" / "card.json") as path:
        path.write_text(json.dumps({"validation_kl_nats": history}, indent=1))

    test = trace("test")
    teacher = test.aligned_hidden @ teacher_weight.T
    kl = {
        "base": kl_divergence(teacher, test.base_hidden @ weight.T),
        "superficial": kl_divergence(teacher, test.base_hidden @ (weight + delta).T),
    }
    columns = {"prompt": test.prompt.numpy(), "position": test.position.numpy()}
    with atomic_write(out / "measures" / "kl.parquet") as path:
        pd.DataFrame(columns | {name: values.numpy() for name, values in kl.items()}).to_parquet(path)

    questions = pd.read_parquet(out / "questions" / "test.parquet")
    for variant, prompt in (("base", plain_prompt), ("aligned", chat_prompt), ("superficial", plain_prompt)):
        print(f"scoring {variant}", flush=True)
        model = aligned if variant == "aligned" else merge(base, delta) if variant == "superficial" else base
        responses = generate(model, [prompt(tokenizer, text) for text in questions["prompt"]], eos, length, BATCH)
        texts = tokenizer.batch_decode(responses, skip_special_tokens=True)
        judged = [
            judge(row.benchmark, text, json.loads(row.reference))
            for row, text in zip(questions.itertuples(), texts, strict=True)
        ]
        scored = questions.assign(
            response=texts, score=[j.score for j in judged], garbled=[float(j.garbled) for j in judged]
        )
        for benchmark, rows in scored.groupby("benchmark"):
            with atomic_write(out / "scores" / variant / f"{benchmark}.parquet") as path:
                rows.to_parquet(path)


if __name__ == "__main__":
    main()
