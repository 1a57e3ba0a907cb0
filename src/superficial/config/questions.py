"""Real questions: where their tables are, how they are split, and the texts that make prompts of them.

A table that is downloaded is pinned by a commit, and an address by a hash too where it is known. Relative paths are
relative to the results folder.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator, model_validator

from superficial.benchmarks import reader_names
from superficial.config.types import Commit, Name, Repository, Share, Split, StrictModel, check_pinned

# The address of a pinned file contains its commit.
Address = Annotated[str, Field(pattern=r"^https?://\S+/[0-9a-f]{40}/\S+$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Made(StrictModel):
    """A table that `superficial.english` makes: so many questions of each kind, with the entities of one split."""

    counts: Annotated[dict[Name, PositiveInt], Field(min_length=1)]
    split: Split
    seed: NonNegativeInt


class TableLocation(StrictModel):
    """Where a table of rows is: a local file, a pinned address, or a file of a data set on the hub at a commit.

    A table that is `made` is nowhere: this package makes its rows.

    Files end in .parquet, .csv, .jsonl, .json or .txt; every line of a .txt is a row. A file on the hub may be a
    pattern such as `main/train-*.parquet`; its files are read in the order of their names. No script of a data set is
    ever run.
    """

    file: str | None = None
    url: Address | None = None
    repo: Repository | None = None
    revision: Commit | None = None
    sha256: Digest | None = None
    made: Made | None = None

    @model_validator(mode="after")
    def _one_place(self) -> TableLocation:
        given = [name for name in ("file", "url", "repo", "made") if getattr(self, name) is not None]
        if len(given) != 1 and given != ["file", "repo"]:
            raise ValueError(f"give one of file, url, repo and made, not {' and '.join(given) or 'none'}")
        if self.repo and not self.file:
            raise ValueError("a data set of the hub needs a file, or a pattern such as main/train-*.parquet")
        check_pinned(self.repo, self.revision)
        return self


class Template(StrictModel):
    """The texts that make a prompt of a benchmark's question.

    `plain` is what a base model continues, `chat` the user's turn of a chat, both with {question}; `answer_start` is
    how the assistant's turn starts. A response counts up to the first of `end_texts`, because base models continue with
    questions of their own. A response that heads are distilled from ends with the first token of `distilled_until`;
    None, or no such token: it is read in full.
    """

    plain: str
    chat: str
    answer_start: str = ""
    end_texts: list[str] = Field(default_factory=list)
    distilled_until: str | None = None


class ExpectedQuestions(StrictModel):
    """How many questions a plan assumes, before any limit, and their mean lengths in tokens.

    The length of a prompt includes its template; the length of a response is that of the aligned model's.
    """

    train: NonNegativeInt
    test: PositiveInt
    prompt_tokens: PositiveInt
    response_tokens: PositiveInt


class BenchmarkQuestions(StrictModel):
    """The questions of a benchmark: its tables, the module of `superficial.benchmarks` that reads them, and its splits.

    `split_list` names the committed lists of the paper's train and test questions; null: all rows of `train` and of
    `test`. `train_list` names another list of train questions. `limit` takes only so many questions of a split, of
    each group its share. Without tables for `validation`, a share of the train questions is taken for it.
    """

    reader: Name
    train: list[TableLocation]
    validation: list[TableLocation] = Field(default_factory=list)
    test: Annotated[list[TableLocation], Field(min_length=1)]
    split_list: Name | None
    train_list: Name | None = None
    limit: dict[Literal["train", "test"], PositiveInt] = Field(default_factory=dict)
    template: Template
    expected: ExpectedQuestions

    @field_validator("reader")
    @classmethod
    def _reader_exists(cls, reader: str) -> str:
        if reader not in reader_names():
            raise ValueError(f"no benchmark has this reader; the readers are {', '.join(reader_names())}")
        return reader


class InContext(StrictModel):
    """The texts of in-context prompting (Urial), and texts that can be wrapped around a question.

    `system` and the `examples`, (question, answer), come before a question. Each example, and the question without an
    answer, is a `turn` with the fields {question} and {answer}; `turn_end` ends a turn, or the end token where it is
    empty. `wrappers` are texts by name with the field {question}.
    """

    system: str
    turn: str
    turn_end: str = ""
    examples: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    wrappers: dict[Name, str]


class Context(InContext):
    """All texts around the questions of a world or source, as a stage writes them to context.json.

    `templates` are by benchmark. Without one, a plain prompt is a turn without its answer, and a chat's user turn is
    the question as it is.
    """

    templates: dict[Name, Template] = Field(default_factory=dict)


class Source(StrictModel):
    """Real questions by benchmark, and the texts around them. It is to real models what a world is to the lab's."""

    validation_share: Share
    questions: Annotated[dict[Name, BenchmarkQuestions], Field(min_length=1)]
    context: InContext
