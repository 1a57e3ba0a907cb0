"""Brings tiny checkpoints into the layouts in which their authors publish them.

Some repositories have pickled weights only, in one or several files, and only a tokenizer.model or a vocab.json.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file

_BYTE_TOKEN = r"<0x"
# How sentencepiece numbers the kinds of pieces.
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
_BPE = 2


def with_unneeded_files(source: Path, target: Path) -> None:
    """Copy a checkpoint, with the weights a second time in other formats, which nobody has to download."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for name in ("pytorch_model.bin", "consolidated.safetensors", "original/params.json", "README.md"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_bytes(b"not needed")


def with_pickled_weights(source: Path, target: Path, shards: int) -> None:
    """Copy a checkpoint with its weights pickled, as `pytorch_model.bin` or as several files with an index."""
    left_out = shutil.ignore_patterns("*.safetensors", "tokenizer.json")
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=left_out)
    weights = load_file(source / "model.safetensors")
    names = sorted(weights)
    if shards == 1:
        torch.save(weights, target / "pytorch_model.bin")
        return
    places: dict[str, str] = {}
    for number in range(shards):
        file = f"pytorch_model-{number + 1:05d}-of-{shards:05d}.bin"
        part = names[number::shards]
        torch.save({name: weights[name] for name in part}, target / file)
        places |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": sum(weight.nbytes for weight in weights.values())}, "weight_map": places}
    (target / "pytorch_model.bin.index.json").write_text(json.dumps(index))


def write_tokenizer_model(tokenizer: Path, target: Path) -> None:
    """Write the tokenizer.model of which a BPE tokenizer.json with byte fallback is the converted form."""
    from sentencepiece import sentencepiece_model_pb2

    state = json.loads(tokenizer.read_text(encoding="utf-8"))
    merged = {"".join(pair): rank for rank, pair in enumerate(state["model"]["merges"])}
    special = {token["content"] for token in state["added_tokens"]}
    model = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    for token, _ in sorted(state["model"]["vocab"].items(), key=lambda item: item[1]):
        piece = model.pieces.add()
        # The earlier a merge, the higher its score; single characters come after all of them.
        piece.piece, piece.score = token, float(-merged.get(token, len(merged)))
        piece.type = _NORMAL
        if token in special:
            piece.type, piece.score = (_UNKNOWN if token == "<unk>" else _CONTROL), 0.0
        elif token.startswith(_BYTE_TOKEN):
            piece.type, piece.score = _BYTE, 0.0
    model.trainer_spec.model_type = _BPE
    model.trainer_spec.byte_fallback = True
    model.trainer_spec.vocab_size = len(model.pieces)
    model.trainer_spec.unk_id, model.trainer_spec.bos_id, model.trainer_spec.eos_id = 0, 1, 2
    model.trainer_spec.pad_id = -1
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = True
    model.normalizer_spec.remove_extra_whitespaces = False
    model.normalizer_spec.escape_whitespaces = True
    target.write_bytes(model.SerializeToString())


def write_vocabulary_and_merges(tokenizer: Path, folder: Path) -> None:
    """Write vocab.json and merges.txt, the older format of a byte-level BPE tokenizer.json."""
    state = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]
    (folder / "vocab.json").write_text(json.dumps(state["vocab"], ensure_ascii=False), encoding="utf-8")
    merges = "\n".join(" ".join(pair) for pair in state["merges"])
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}\n", encoding="utf-8")
