"""Tasks that extract, apply, inspect and compare heads."""

from invoke import Context, task

from repro.cli.common import user_errors
from superficial.files import expanded

MODEL = "the folder of a checkpoint, or the id of a model on the Hugging Face Hub"


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}; it must be a number.") from error


@task(
    help={
        "base": f"the base model: {MODEL}",
        "aligned": "the aligned model, likewise; the two must share one vocabulary",
        "prompts": "a file of prompts: text with one prompt a line; JSONL, a JSON array or CSV with a field `prompt`",
        "out": "a new folder for the head",
        "k": "extract a black-box head that reads this many logits (default: extract a residual head)",
        "rank": "the rank of the residual head (default: full rank)",
        "epochs": "how long to train a black-box head (default: 20); the epoch with the lowest validation KL is kept",
        "max_new_tokens": "the maximum length of a response",
        "seed": "the seed of the validation split and of the training order",
        "licence": "the licence that the card names (default: that of the two models)",
    }
)
def extract(
    c: Context,
    base: str,
    aligned: str,
    prompts: str,
    out: str,
    k: int = 0,
    rank: int = 0,
    epochs: int = 0,
    max_new_tokens: int = 128,
    seed: int = 0,
    licence: str = "",
) -> None:
    """Extract a head from a base and an aligned model, and save it with a card."""
    with user_errors():
        for name, value, minimum in (
            ("k", k, 0),
            ("rank", rank, 0),
            ("epochs", epochs, 0),
            ("max-new-tokens", max_new_tokens, 1),
        ):
            if value < minimum:
                raise ValueError(f"{name} is {value}; it must be at least {minimum}.")
        if k and rank:
            raise ValueError(f"k is {k} and rank is {rank}; only a residual head, without k, has a rank.")
        if epochs and not k:
            raise ValueError(f"epochs is {epochs}; only a black-box head, with k, is trained in epochs.")
        from superficial.distillation.heads import DEFAULT_BLACK_BOX_SETTINGS, DEFAULT_RESIDUAL_SETTINGS
        from superficial.extraction import extract_from_checkpoints
        from superficial.reporting.heads import head_text

        settings = (
            DEFAULT_BLACK_BOX_SETTINGS.with_changes(**({"epochs": epochs} if epochs else {}))
            if k
            else DEFAULT_RESIDUAL_SETTINGS.with_changes(rank=rank or None)
        )
        head = extract_from_checkpoints(
            base,
            aligned,
            expanded(prompts),
            expanded(out),
            k=k or None,
            settings=settings,
            seed=seed,
            max_new_tokens=max_new_tokens,
            licence=licence or None,
        )
        assert head.inspection is not None, "an extracted head is inspected"
        print(head_text(head.card, head.inspection))


@task(
    help={
        "base": f"the base model: {MODEL}",
        "head": "the folder of a residual head",
        "out": "a new folder for the checkpoint or the adapter",
        "alpha": "the strength of the head (default: the strength that it was saved with)",
        "lora": "write a LoRA adapter of this rank instead of a checkpoint",
    }
)
def apply(c: Context, base: str, head: str, out: str, alpha: str = "", lora: int = 0) -> None:
    """Merge a residual head into its base model, and save the result as a checkpoint or as a LoRA adapter."""
    with user_errors():
        from superficial.heads.export import export_checkpoint, export_lora

        strength = _number("alpha", alpha) if alpha else None
        if lora:
            export_lora(base, expanded(head), expanded(out), lora, strength)
        else:
            export_checkpoint(base, expanded(head), expanded(out), strength)
        print(out)


@task(help={"head": "the folder of a head"})
def inspect(c: Context, head: str) -> None:
    """Show what a head is and what it changes: tokens, KL by position, energy by rank."""
    from superficial.heads.files import read_card, read_inspection
    from superficial.reporting.heads import head_text

    with user_errors():
        print(head_text(read_card(expanded(head)), read_inspection(expanded(head))))


@task(help={"first": "the folder of a head", "second": "the folder of a head of the same kind and size"})
def compare(c: Context, first: str, second: str) -> None:
    """Compare two heads: their norms, cosine, input directions, and the tokens that they raise."""
    with user_errors():
        from superficial.heads.comparison import compare_heads
        from superficial.heads.loading import load_head
        from superficial.reporting.heads import comparison_text

        print(comparison_text(compare_heads(load_head(expanded(first)), load_head(expanded(second)))))
