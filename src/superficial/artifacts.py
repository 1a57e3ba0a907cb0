"""Every file that one stage writes and another reads: its path in the results folder, and what it holds.

Which stage writes and which stages read a file is declared in `repro/workflow.py`; `repro/README.md`, generated from
both, shows all of it in one table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Artifact:
    """A kind of file, or of folder: its path with fields in braces, its content in words, and its columns, if any."""

    path: str
    content: str
    columns: tuple[str, ...] = ()
    is_folder: bool = False

    def of(self, **names: str) -> str:
        """Return the path of one file, relative to the results folder."""
        return self.path.format(**names)

    def folder_in(self, results: Path) -> Path:
        """Return the folder of all files of this kind, where they share one."""
        return (results / self.path).parent

    def files_in(self, folder: Path) -> list[Path]:
        """Return all files of this kind in a results folder, sorted."""
        return sorted(folder.glob(re.sub(r"\{\w+\}", "*", self.path)))

    def matches(self, path: str) -> bool:
        """Tell whether a path, relative to the results folder, is of this kind."""
        pattern = re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(self.path))
        return re.fullmatch(pattern, path) is not None


QUESTIONS = Artifact(
    "worlds/{world}/{split}.parquet",
    "the questions of a lab world or of a source of real questions; the reference is JSON",
    ("question_id", "benchmark", "prompt", "reference"),
)
CONTEXT = Artifact("worlds/{world}/context.json", "the texts around a question, see `superficial.prompts`")
STYLE_TOKENS = Artifact("worlds/{world}/style_tokens.txt", "the stylistic tokens, one a line")
FAMILIARITY = Artifact(
    "worlds/{world}/familiarity.parquet",
    "how often careful documents of a lab world answer a test question, relative to the most familiar ones",
    ("question_id", "familiarity"),
)
TOKENIZER = Artifact("worlds/{world}/tokenizer/tokenizer.json", "the tokenizer of a lab world, with its other files")
WEIGHTS = Artifact("models/{model}/model.safetensors", "a model trained here, with its configuration and tokenizer")
POINTER = Artifact("models/{model}/checkpoint.json", "where a model made by others is, see `superficial.models`")
JUDGE_CHECKPOINT = Artifact(
    "judges/{judge}/{number}/checkpoint.json",
    "where a checkpoint of a judge is; with its files where they were converted to safetensors",
)
JUDGE = Artifact("judges/{judge}/judge.json", "the judge's checkpoints; written once it has scored a sample")
OUTPUT_HEADS = Artifact("traces/{pair}/weights.safetensors", "the output heads of the base and of the aligned model")
PAIR = Artifact("traces/{pair}/pair.json", "the identities of both models, and the hash of the training prompts")
TRACED_RESPONSES = Artifact(
    "traces/{pair}/{split}-responses.parquet",
    "the responses: the aligned model's, or the base's with a black-box head",
    (*QUESTIONS.columns, "response"),
)
SHARDS = Artifact(
    "traces/{pair}/{split}",
    "safetensors shards with prompt, position, token, base_hidden and aligned_hidden, one row a response position",
    is_folder=True,
)
HEAD = Artifact(
    "heads/{head}/head.safetensors",
    "dW as `delta`, or for each k of a black-box head rows and columns of W_trans as `k<k>`, and their tokens as the "
    "masks `k<k>.rows` and `k<k>.columns`",
)
CARD = Artifact("heads/{head}/card.json", "how the head was trained and chosen")
INSPECTION = Artifact("heads/{head}/inspect.json", "what the head changes on validation prompts")
POSITIONS = Artifact(
    "measures/{head}.parquet",
    "what base, aligned model and student predict at each response position of the test questions; KL in nats",
    ("question_id", "prompt", "position", "source", "target", "target_rank", "kl_base", "kl_superficial"),
)
SWEEP = Artifact("measures/sweep.parquet", "one row a k", ("k", "cover_rate", "similarity", "overlap"))
SWEEP_OVERLAP = Artifact(
    "measures/sweep-overlap.parquet",
    "the overlap of both bases' spaces in samples of different prompts, one row a sample and k",
    ("sample", "k", "overlap"),
)
SWEEP_ACCURACY = Artifact(
    "measures/sweep-accuracy.parquet",
    "token accuracy on validation prompts, one row a k, model and prompt",
    ("prompt", "sum", "size", "k", "model"),
)
RESPONSES = Artifact(
    "responses/{variant}/{benchmark}.parquet",
    "the responses of a variant to the test questions of a benchmark",
    (*QUESTIONS.columns, "response"),
)
SCORES = Artifact(
    "scores/{variant}/{benchmark}.parquet",
    "the responses with the score of each, and the judge",
    ("question_id", "reference", "score", "garbled", "refused"),
)
SECOND_SCORES = Artifact("second-scores/{variant}/{benchmark}.parquet", "the same by a second judge", SCORES.columns)
SENSITIVITY = Artifact(
    "sensitivity/{axis}.parquet",
    "scores of heads that were trained in other ways, one row a way and question",
    ("question_id", "score", "garbled", "benchmark", "axis", "way", "validation_kl"),
)
DEPTH_SCORES = Artifact(
    "depth/scores/{curve}.parquet",
    "scores of the student at each point of a depth curve, and of the base alone, one row a question",
    (*SCORES.columns, "benchmark", "point"),
)
DEPTH_POSITIONS = Artifact(
    "depth/positions/{curve}.parquet",
    "KL of the student at each point of a depth curve at each response position of the test questions, in nats",
    ("prompt", "position", "kl_superficial", "point"),
)
DEPTH_LENS = Artifact(
    "depth/lens/{pair}.parquet",
    "the logit lens: at how many positions a layer already says the aligned model's token, one row a prompt and layer",
    ("model", "layer", "prompt", "agreeing", "positions", "agreeing_shifted", "shifted"),
)
NEIGHBOUR_COST = Artifact("neighbours/{variant}.json", "what a neighbouring method costs, and what validation chose")
SIZES = Artifact(
    "size/scores.parquet",
    "scores of the head made smaller, one row a size, split and question; and of base and aligned model",
    (*SCORES.columns, "benchmark", "size", "kind", "kilobytes", "split"),
)
LIKELIHOODS = Artifact("mmlu/{variant}.parquet", "MMLU by the likelihood of the letters, one row a question")
VIEW_POSITIONS = Artifact("view/positions.parquet", "the viewer's top tokens at each response position")
VIEW_GRID = Artifact("view/grid.parquet", "the viewer's responses at each strength and each k")
TABLE = Artifact("tables/{table}.{format}", "a table as csv, md or tex")
FIGURE = Artifact("figures/{figure}.{format}", "a figure as pdf, svg or png, and the numbers it draws as csv")
CLAIMS = Artifact("claims.json", "the verdict on each claim, with what was measured")
CRATE = Artifact("ro-crate-metadata.json", "the run as a Workflow Run Crate")
ENVIRONMENT = Artifact("environment.json", "the machine and the software of the run")
WORKFLOW_FILE = Artifact("workflow/Snakefile", "the workflow as it ran")
PROFILE_FILE = Artifact("workflow/profile.json", "the profile as it was read")
RECORD = Artifact("provenance/{call}.json", "what a stage call read, wrote and was, by hash")

# A path is of the first kind that matches it.
ARTIFACTS = (
    *(QUESTIONS, CONTEXT, STYLE_TOKENS, FAMILIARITY, TOKENIZER, WEIGHTS, POINTER, JUDGE_CHECKPOINT, JUDGE),
    *(OUTPUT_HEADS, PAIR, TRACED_RESPONSES, SHARDS, HEAD, CARD, INSPECTION),
    *(
        SWEEP,
        SWEEP_OVERLAP,
        SWEEP_ACCURACY,
        POSITIONS,
        RESPONSES,
        SCORES,
        SECOND_SCORES,
        SENSITIVITY,
        DEPTH_SCORES,
        DEPTH_POSITIONS,
        DEPTH_LENS,
        NEIGHBOUR_COST,
        SIZES,
        LIKELIHOODS,
        VIEW_POSITIONS,
        VIEW_GRID,
    ),
    *(TABLE, FIGURE, CLAIMS, CRATE, ENVIRONMENT, WORKFLOW_FILE, PROFILE_FILE, RECORD),
)


def artifact_of(path: str) -> Artifact:
    """Return the kind of a file, given by its path relative to the results folder, that of a draw or of all draws.

    Raises:
        ValueError: where it is of no kind.
    """
    of_run = re.sub(r"^draw-\d+/", "", path)
    for artifact in ARTIFACTS:
        if artifact.matches(of_run):
            return artifact
    raise ValueError(f"{path} is not a file of the workflow.")
