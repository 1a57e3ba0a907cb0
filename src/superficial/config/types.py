"""What the sections of a profile share: their base class, and the types of single values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$"
FUNCTION = r"^superficial(\.\w+)+:\w+$"

Name = Annotated[str, Field(pattern=NAME)]
Repository = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Share = Annotated[float, Field(gt=0, lt=1)]
Dtype = Literal["float32", "bfloat16", "float16"]
PromptFormat = Literal["plain", "chat", "chat-two-bos", "urial"]
Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def check_pinned(repo: str | None, revision: str | None) -> None:
    """Check that a repository has a commit, and that nothing else has one.

    Raises:
        ValueError: if one of them is missing.
    """
    if repo and not revision:
        raise ValueError(f"give the revision of {repo}: the 40 digits of a commit, which its page lists")
    if revision and not repo:
        raise ValueError(f"only a repository has a revision, here {revision}")


class StrictModel(BaseModel):
    """Settings that people write: unknown fields are errors, values are never converted, instances are frozen."""

    # Strict: "yes" is not a boolean, and a number in quotes is a text.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
