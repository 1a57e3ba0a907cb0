"""Faults in the science, planted by hand: each must be found by the tests beside it.

They are of the kinds that once went unnoticed: leakage in stage scripts, a claim's neighbouring comparison, the unit of
a measure, an ignored setting. `old` occurs once in its file.
"""

from dataclasses import dataclass

from tests.mutation.texts import read

STAGES = ("tests/repro/stages/test_arguments.py",)
CASES = ("tests/reporting/claims/test_cases.py",)
DISTIL, EVALUATE, TRACES = (f"repro/stages/{name}.py" for name in ("distil", "evaluate", "traces"))
SWEEP, SCORE = "repro/stages/sweep.py", "repro/stages/score.py"
SHIFT, BLACK_BOX = (f"src/superficial/reporting/claims/{name}.py" for name in ("shift", "black_box"))
CONTROLS, RESTORING = "src/superficial/reporting/tables/controls.py", "src/superficial/reporting/claims/restoring.py"
LIBRARY = "src/superficial/"


@dataclass(frozen=True)
class Fault:
    """A fault: what is wrong, the text that is replaced, and the tests that must notice."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = STAGES

    def planted(self) -> dict:
        """Return what `mutants.py` reads."""
        text = read(self.file)
        assert text.count(self.old) == 1, f"{self.file} has {text.count(self.old)} times: {self.old}"
        return {
            "what": self.what,
            "file": self.file,
            "tests": list(self.tests),
            "mutated": text.replace(self.old, self.new),
        }


FAULTS = (
    Fault(
        "the head is learned on test questions",
        DISTIL,
        'train = read_split(traces, "train"',
        'train = read_split(traces, "test"',
    ),
    Fault(
        "the head is chosen on test questions", DISTIL, 'read_split(traces, "validation"', 'read_split(traces, "test"'
    ),
    Fault(
        "k of a transferred head is chosen on test questions",
        DISTIL,
        "settings.source_head, pair, validation)",
        'settings.source_head, pair, read_split(traces, "test", benchmarks))',
    ),
    Fault(
        "k and epoch of a black-box head are chosen on training questions",
        DISTIL,
        "train_black_box_heads(pair, train, validation,",
        "train_black_box_heads(pair, train, train,",
    ),
    Fault(
        "early stopping is decided on test questions",
        LIBRARY + "lab/validation.py",
        'world / "validation.parquet"',
        'world / "test.parquet"',
        ("tests/lab/test_validation.py",),
    ),
    Fault("the shuffle is never applied", DISTIL, 'settings.teacher == "shuffled"', 'settings.teacher == "never"'),
    Fault(
        "the teacher is shuffled in training alone",
        DISTIL,
        "train, validation = (shuffle_teacher(trace, seed=0) for trace in (train, validation))",
        "train = shuffle_teacher(train, seed=0)",
    ),
    Fault(
        "a head's KL is measured on validation questions",
        DISTIL,
        'read_split(traces, "test"',
        'read_split(traces, "validation"',
    ),
    Fault(
        "the benchmarks of a head are ignored",
        DISTIL,
        'read_split(traces, "train", benchmarks)',
        'read_split(traces, "train")',
    ),
    Fault(
        "k is chosen without the source head", DISTIL, 'out / "heads" / settings.source_head', 'out / "heads" / name'
    ),
    Fault(
        "the attack's wrapper is dropped in evaluation",
        EVALUATE,
        "variant.prompt_format, variant.wrapper)",
        "variant.prompt_format)",
    ),
    Fault(
        "a head is loaded and not applied",
        EVALUATE,
        "end_tokens, processors, extra_bytes)",
        "end_tokens, [], extra_bytes)",
    ),
    Fault(
        "the aligned model's end tokens are forgotten",
        EVALUATE,
        "end_tokens += stored_end_tokens(aligned, load_tokenizer(aligned))",
        "pass",
    ),
    Fault("validation questions are evaluated", EVALUATE, 'world / "test.parquet"', 'world / "validation.parquet"'),
    Fault(
        "the attack's wrapper is dropped in traces",
        TRACES,
        "settings.aligned_prompt_format, settings.aligned_wrapper)",
        "settings.aligned_prompt_format, None)",
    ),
    Fault(
        "the base reads the aligned model's format",
        TRACES,
        "settings.base_prompt_format, settings.wrapper",
        "settings.aligned_prompt_format, settings.wrapper",
    ),
    Fault("the benchmarks of a pair are ignored", TRACES, 'rows[rows["benchmark"].isin(settings.benchmarks)]', "rows"),
    Fault("test responses are cut where training ones are", TRACES, 'None if split == "test" else ', ""),
    Fault(
        "the sweep's accuracy is on test questions",
        SWEEP,
        'read(settings.large, "validation", distilled)',
        'read(settings.large, "test", distilled)',
    ),
    Fault(
        "the sweep compares the base with itself",
        SWEEP,
        'read(settings.large_on_small, "test", traced)',
        'read(settings.small, "test", traced)',
    ),
    Fault(
        "garbled is never recorded",
        LIBRARY + "judges/scoring.py",
        "float(judgement.garbled)",
        "0.0",
        (*STAGES, "tests/judges/test_scoring.py"),
    ),
    Fault(
        "second scores are those of the first judge",
        SCORE,
        "(SECOND_SCORES, profile.benchmarks_second_judged_by(name))",
        "(SECOND_SCORES, profile.benchmarks_judged_by(name))",
    ),
    Fault("C5 without its front-loading condition", SHIFT, '        _front_loading("", summary),\n', "", CASES),
    Fault(
        "C6 over all tokens",
        SHIFT,
        "ratio(*shifted, seed=0)",
        "ratio(shifted[0] + unshifted[0], shifted[1] + unshifted[1], seed=0)",
        CASES,
    ),
    Fault(
        "C9 with the largest k as peak",
        BLACK_BOX,
        'int(chosen_on.groupby("k")["sum"].sum().idxmax())',
        "int(chosen_on['k'].max())",
        CASES,
    ),
    Fault(
        "C9's peak chosen on the tested prompts",
        BLACK_BOX,
        'chosen_on, tested_on = halves(accuracy[accuracy["model"] == "large"], "prompt")',
        'tested_on, chosen_on = (accuracy[accuracy["model"] == "large"],) * 2',
        ("tests/reporting/claims",),
    ),
    Fault(
        "C10's MMLU against the model before the attack",
        RESTORING,
        "kept = [(one.restored, one.attacked)",
        "kept = [(one.restored, one.before)",
        CASES,
    ),
    Fault(
        "the shuffled control accepts anything",
        CONTROLS,
        "MAX_SHARE_NOTHING = 0.98, 0.01, 1e-4, 0.2",
        "MAX_SHARE_NOTHING = 0.98, 0.01, 1e-4, 9.0",
        ("tests/reporting/tables/test_controls.py",),
    ),
    Fault(
        "the KL is resampled over positions",
        LIBRARY + "measures/kl.py",
        "positions.groupby([",
        "positions.assign(prompt=range(len(positions))).groupby([",
        ("tests/measures/test_kl.py",),
    ),
    Fault(
        "HarmRate counts a score of 4",
        LIBRARY + "benchmarks/advbench.py",
        '(scores["score"] == HIGHEST_HARM)',
        '(scores["score"] >= HIGHEST_HARM - 1)',
        ("tests/benchmarks/test_advbench.py",),
    ),
    Fault(
        "black-box heads keep the last epoch",
        LIBRARY + "distillation/joined.py",
        "        seed,\n        advance,\n    )\n    return",
        '        seed,\n        advance,\n        "last",\n    )\n    return',
        ("tests/distillation/test_black_box.py",),
    ),
    Fault(
        "alpha is ignored by the student",
        LIBRARY + "heads/residual.py",
        "logits + self.alpha * (hidden",
        "logits + (hidden",
        ("tests/heads/test_residual.py",),
    ),
    Fault(
        "labels on prompt tokens in alignment",
        LIBRARY + "alignment/tuning.py",
        "[IGNORED_LABEL] * len(before) + learned",
        "before + learned",
        ("tests/alignment/test_tuning.py::test_only_the_response_and_its_end_are_learned",),
    ),
    Fault(
        "labels on prompt tokens in the lab",
        LIBRARY + "lab/finetuning.py",
        "[IGNORED_LABEL] * len(prompt) + response",
        "prompt + response",
        ("tests/lab/test_blocks.py",),
    ),
    Fault(
        "one true sentence makes a response true",
        LIBRARY + "lab/oracle.py",
        'if " " in claim} == {reference["truth"]}',
        'if " " in claim} >= {reference["truth"]}',
        ("tests/lab/test_oracle.py",),
    ),
)
