"""The README.md of a saved head: the card and the inspection in words, with the front matter that model hubs read.

A folder with it can be uploaded as it is, for example with `hf upload`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from superficial.files import atomic_write
from superficial.heads.files import DEFAULT_LICENCE, Inspection

README = "README.md"
_KINDS = {"residual": "residual head dW", "black-box": "black-box head"}
# Identifiers of licences that hubs know; any other is "other", with its name.
_KNOWN_LICENCES = (
    *("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc0-1.0"),
    *("llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "gemma", "openrail", "gpl-3.0"),
)
_USE = """## Use
```python
from superficial import load_head, load_model

base, tokenizer = load_model(FOLDER_OF_THE_BASE)
head = load_head(FOLDER_OF_THIS_HEAD, base, tokenizer)
with head.applied_to(base) as logits_processors:
    output = base.generate(**inputs, do_sample=False, logits_processor=logits_processors)
```

It was made to study what alignment changes. It does not make a model safe: whoever has the weights can subtract it.
"""


def write_model_card(folder: Path, card: dict[str, Any], inspection: Inspection | None) -> None:
    """Write a head's README.md into its folder, see `model_card`."""
    with atomic_write(folder / README) as path:
        path.write_text(model_card(card, inspection), encoding="utf-8")


def model_card(card: dict[str, Any], inspection: Inspection | None) -> str:
    """Return the text of a head's README.md.

    Args:
        card: the head's card; facts that it lacks are left out.
        inspection: what the head changes; None: it was not measured.
    """
    base, aligned = (card.get(side, {}).get("name", "unknown") for side in ("base", "aligned"))
    kind = _KINDS.get(str(card.get("kind")), "head")
    lines = [
        f"# {kind[0].upper()}{kind[1:]}: {aligned} on {base}",
        f"What a change of the output head alone recovers of the alignment of `{aligned}`, for the base `{base}`.",
        "`card.json` says how it was made, `inspect.json` what it changes.",
        "",
        f"- Licence: {' '.join(str(card.get('licence', DEFAULT_LICENCE)).split())}",
        f"- Strength: {card.get('alpha', 1):g}",
        *([f"- Prompts: {card['prompts']['count']}"] if "prompts" in card else []),
    ]
    if inspection is not None:
        rises = ", ".join(f"`{change.token!r}`" for change in inspection.rises[:10])
        lines += [
            f"- KL to the aligned model on {inspection.prompts} validation prompts, {inspection.positions} positions: "
            f"{inspection.kl.base:.4f} nats without, {inspection.kl.superficial:.4f} with the head",
            f"- Tokens whose logits rise most: {rises}",
        ]
    return f"---\n{_front_matter(card)}---\n" + "\n".join(lines) + f"\n\n{_USE}"


def _front_matter(card: dict[str, Any]) -> str:
    licence = str(card.get("licence", DEFAULT_LICENCE))
    known = licence.lower() if licence.lower() in _KNOWN_LICENCES else "other"
    content: dict[str, Any] = {}
    if "base" in card:
        content |= {"base_model": card["base"]["name"], "base_model_relation": "adapter"}
    content["license"] = known
    if known == "other":
        content["license_name"] = re.sub(r"[^a-z0-9.]+", "-", licence.lower()).strip("-") or "unknown"
    content |= {"library_name": "superficial", "tags": ["alignment", "superficial-knowledge", "logits"]}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
