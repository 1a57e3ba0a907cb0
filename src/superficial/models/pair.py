"""A base and an aligned model that were loaded together, with what every use of such a pair must know about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from superficial.models.checks import check_linear_head, check_same_vocabulary
from superficial.models.end_tokens import end_tokens_of
from superficial.models.hub import checkpoint_folder
from superficial.models.identity import identify
from superficial.models.loading import load_model, load_tokenizer
from superficial.pair_prompts import pair_prompts
from superficial.traces.output_head import Pair

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class ModelPair:
    """A base and an aligned model of one vocabulary, with their tokenizers.

    Raises:
        ValueError: if the vocabularies differ, or a model changes its logits after the output head.
    """

    base: PreTrainedModel
    aligned: PreTrainedModel
    tokenizer: Any
    aligned_tokenizer: Any

    def __post_init__(self) -> None:
        """Check that the method can be applied to the two."""
        check_same_vocabulary(self.tokenizer, self.aligned_tokenizer)
        check_linear_head(self.base)
        check_linear_head(self.aligned)

    @classmethod
    def load(cls, base: str, aligned: str, prompts: Sequence[str]) -> ModelPair:
        """Load two saved models; their tokenizers and the prompts are checked before the models are loaded.

        Args:
            base: a checkpoint's folder, or the id of a model of the hub.
            aligned: the aligned model, likewise.
            prompts: the texts that both will read.

        Raises:
            ValueError: if a model cannot be loaded, the two are not a pair, or a prompt cannot be read.
        """
        folders = [checkpoint_folder(model) for model in (base, aligned)]
        tokenizers = load_tokenizer(folders[0]), load_tokenizer(folders[1])
        check_same_vocabulary(*tokenizers)
        pair_prompts(*tokenizers, prompts)
        (base_model, tokenizer), (aligned_model, aligned_tokenizer) = map(load_model, folders)
        return cls(base_model, aligned_model, tokenizer, aligned_tokenizer)

    @property
    def end_tokens(self) -> list[int]:
        """Return the tokens that end a response of the aligned model."""
        return end_tokens_of(self.aligned, self.aligned_tokenizer)

    @property
    def output_heads(self) -> Pair:
        """Return both output heads, on the device of the base's."""
        return Pair.of(self.base, self.aligned).to(self.base.get_output_embeddings().weight.device)

    def identities(self) -> dict[str, dict[str, Any]]:
        """Return the identity of each model as a card records it, by `base` and `aligned`."""
        return {
            "base": asdict(identify(self.base, self.tokenizer)),
            "aligned": asdict(identify(self.aligned, self.aligned_tokenizer)),
        }
