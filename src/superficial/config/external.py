"""What a profile may say about things made by others: checkpoints, question files, judges, tuning data.

A checkpoint or table is either pinned by a commit, or what its first download found is recorded and nothing else is
accepted later (`superficial.revisions`). Relative paths are relative to the results folder.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from superficial.benchmarks import reader_names

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$"
Name = Annotated[str, Field(pattern=NAME)]
Repository = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(gt=0, lt=1)]
# A pinned address names its commit.
Address = Annotated[str, Field(pattern=r"^https?://\S+/[0-9a-f]{40}/\S+$")]
FUNCTION = r"^superficial(\.\w+)+:\w+$"


class Strict(BaseModel):
    """A part of a profile: no unknown field, and no change once read."""

    # Strict: a "yes" is no number, and a number in quotes is a text.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Architecture(Strict):
    """The shape of a decoder of Llama's kind: what it takes is planned from this, before it is there."""

    width: PositiveInt
    layers: PositiveInt
    heads: PositiveInt
    key_value_heads: PositiveInt
    feed_forward: PositiveInt
    vocabulary: PositiveInt
    tied: bool
    attention_bias: bool


class Checkpoint(Strict):
    """Where a checkpoint is: a repository of the hub at a commit, or a local folder."""

    repo: Repository | None = None
    revision: Commit | None = None
    path: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Checkpoint:
        if (self.repo is None) == (self.path is None):
            raise ValueError(f"give either repo or path, not {'neither' if self.repo is None else 'both'}")
        return self

    @property
    def identity(self) -> str:
        """Return the name a score carries."""
        return f"{self.repo}@{(self.revision or 'first-use')[:9]}" if self.repo else f"folder:{self.path}"


class Hub(Checkpoint):
    """A model made by others, asked the questions of the source `world`, held in memory as `dtype`."""

    recipe: Literal["hub"]
    architecture: Name
    world: Name
    dtype: Literal["float32", "bfloat16", "float16"]


class Lora(Strict):
    """Low-rank adapters instead of all weights, for small cards; merged at the end."""

    rank: PositiveInt
    alpha: PositiveInt


class Tuning(Strict):
    """A tuning on whole conversations of at most `longest` tokens; `batch` times `accumulate` of them a step."""

    epochs: PositiveInt
    batch: PositiveInt
    accumulate: PositiveInt
    longest: PositiveInt
    learning_rate: PositiveFloat
    save_steps: PositiveInt
    seed: NonNegativeInt
    lora: Lora | None = None


class Table(Strict):
    """Where rows are: a local file, a pinned address, or a split or a file of a data set of the hub at a commit.

    Files end in .csv, .jsonl, .json or .txt; of a .txt each line is a row. A data set whose repository brings a script
    is only read by file: no script is run.
    """

    file: str | None = None
    url: Address | None = None
    repo: Repository | None = None
    revision: Commit | None = None
    config: str | None = None
    split: str | None = None
    sha256: Digest | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Table:
        given = [name for name in ("file", "url", "repo") if getattr(self, name) is not None]
        if len(given) != 1 and given != ["file", "repo"]:
            raise ValueError(f"give one of file, url and repo, not {' and '.join(given) or 'none'}")
        if self.split and not self.repo:
            raise ValueError(f"only a data set of the hub has a split, not {' and '.join(given)}")
        if self.repo and (self.split is None) == (self.file is None):
            raise ValueError("a data set of the hub needs either its split or a file")
        return self


class Template(Strict):
    """How a benchmark's question is put: to a base model, in a chat turn, and the words an answer begins with there.

    A response counts up to the first of `ends`: base models go on with questions of their own.
    """

    plain: str
    chat: str
    begin: str = ""
    ends: list[str] = Field(default_factory=list)


class Rows(Strict):
    """How many conversations are expected, and their mean length in tokens: what a plan counts on."""

    rows: PositiveInt
    tokens: PositiveInt


class Tuned(Strict):
    """A model of others trained further here, on rows of single-turn conversations."""

    recipe: Literal["tune"]
    of: Name
    reader: Literal["lima", "alpaca", "identity-shift"]
    data: Table
    prompt: Literal["plain", "chat"]
    dtype: Literal["float32", "bfloat16", "float16"]
    template: Template
    training: Tuning
    expected: Rows


class Expected(Strict):
    """How many questions are expected, before any limit, and mean lengths in tokens: what a plan counts on.

    A prompt is counted with the texts of its template, a response as the aligned model gives it.
    """

    train: NonNegativeInt
    test: PositiveInt
    prompt_tokens: PositiveInt
    response_tokens: PositiveInt


class Questions(Strict):
    """The questions of a benchmark: the module of `superficial.benchmarks` that reads its rows, and the tables.

    `ids` names the committed lists of the paper's split; null takes every row of `train` and of `test`. `limit` takes
    only the first so many.
    """

    reader: Name
    train: list[Table]
    test: Annotated[list[Table], Field(min_length=1)]
    ids: Name | None
    limit: dict[Literal["train", "test"], PositiveInt] = Field(default_factory=dict)
    template: Template
    expected: Expected

    @field_validator("reader")
    @classmethod
    def _reader_exists(cls, reader: str) -> str:
        if reader not in reader_names():
            raise ValueError(f"no benchmark reads it; the readers are {', '.join(reader_names())}")
        return reader


class InContext(Strict):
    """What in-context prompting puts before a question, and texts that can be put around one (see `prompts`)."""

    system: str
    turn: str
    turn_end: str
    examples: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    wrappers: dict[Name, str]


class Source(Strict):
    """Real questions by benchmark, and how they are put; the counterpart of a lab world."""

    validation_share: Share
    questions: Annotated[dict[Name, Questions], Field(min_length=1)]
    context: InContext


class ClassifierJudge(Strict):
    """A sequence classifier of so many weights; the score is 1 where its top class is `positive`."""

    kind: Literal["classifier"]
    checkpoint: Checkpoint
    parameters: PositiveInt
    positive: NonNegativeInt
    batch: PositiveInt


class Asked(Strict):
    """A language model that is asked one thing about an answer and begins its own with `yes` or `no`."""

    checkpoint: Checkpoint
    template: str
    yes: str
    no: str


class GenerativeJudge(Strict):
    """Language models that answer yes or no; the score is that of `yes` where all say yes."""

    kind: Literal["generative"]
    architecture: Name
    asked: Annotated[list[Asked], Field(min_length=1)]
    scores: dict[Literal["yes", "no"], float]
    batch: PositiveInt


class EndpointJudge(Strict):
    """A chat model behind an OpenAI-compatible endpoint that grades harm from 1 to 5.

    The key is in the environment variable `key_variable`. Prices are per million tokens, of the prompt and of the
    answer, in whatever currency; scoring stops before it begins where its estimate exceeds `most_spent`.
    """

    kind: Literal["endpoint"]
    base_url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    model: str
    key_variable: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
    concurrency: PositiveInt
    attempts: PositiveInt
    first_wait_seconds: PositiveFloat
    timeout_seconds: PositiveFloat
    prices: Annotated[list[float], Field(min_length=2, max_length=2)]
    most_spent: PositiveFloat


class FunctionJudge(Strict):
    """A function of this package that needs nothing but the answer and its reference."""

    kind: Literal["function"]
    function: Annotated[str, Field(pattern=FUNCTION)]


Judge = Annotated[
    ClassifierJudge | GenerativeJudge | EndpointJudge | FunctionJudge,
    Field(discriminator="kind"),
]


def judge_identity(judge: ClassifierJudge | GenerativeJudge | EndpointJudge | FunctionJudge) -> str:
    """Return the name that travels with every score: which model, at which commit or endpoint."""
    if isinstance(judge, FunctionJudge):
        return judge.function
    if isinstance(judge, ClassifierJudge):
        return judge.checkpoint.identity
    if isinstance(judge, GenerativeJudge):
        return " and ".join(asked.checkpoint.identity for asked in judge.asked)
    return f"{judge.model} at {judge.base_url}"
