"""What each stage hands to the library: which split, benchmarks, wrapper, teacher and end tokens.

The library is replaced by stand-ins that record what they get; all heads, variants and pairs of a full profile are
called, and the profile alone says what is right.
"""

import json
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from repro.engine.paths import profile_file
from repro.stages import distil, evaluate, score, sweep, traces
from superficial.artifacts import RESPONSES, SCORES, SECOND_SCORES
from superficial.config import SPLITS, TransferredHead, load_profile

PROFILE = load_profile(profile_file("smoke"))
# One head for all tokens, which is used at another k, and more than one epoch.
USED_K = PROFILE.model_copy(
    update={
        "distillation": PROFILE.distillation.with_changes(
            adam={"learning_rate": 0.1, "epsilon": 1e-8, "epochs": 3, "batch_size": 9}
        ),
        "black_box_distillation": PROFILE.black_box_distillation.with_changes(k=[100], used_k=5, epochs=4),
    }
)
QUIET = {"set_up_torch": lambda *_: None}


def replace(monkeypatch, module, **stand_ins) -> None:
    for name, stand_in in (QUIET | stand_ins).items():
        monkeypatch.setattr(module, name, stand_in)


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A results folder with one question a benchmark and split in each world."""
    monkeypatch.setenv("SUPERFICIAL_PROGRESS", str(tmp_path / "progress.json"))
    for name in PROFILE.worlds:
        folder = tmp_path / "worlds" / name
        folder.mkdir(parents=True)
        (folder / "context.json").write_text(json.dumps({"world": name}))
        for split in SPLITS:
            rows = [
                {"question_id": f"{one}-{split}", "benchmark": one, "prompt": f"{one} {split}", "reference": "{}"}
                for one in PROFILE.benchmarks
            ]
            pd.DataFrame(rows).to_parquet(folder / f"{split}.parquet")
    return tmp_path


@pytest.mark.parametrize("variant", [name for model in PROFILE.models for name in PROFILE.variants_of(model)])
def test_a_variant_answers_its_test_questions_with_its_wrapper_head_and_end_tokens(world, monkeypatch, variant):
    settings, applied, answered = PROFILE.variants[variant], [], []

    class Head:
        extra_bytes = 7

        def __init__(self, folder):
            self.folder = folder

        @contextmanager
        def applied_to(self, model):
            applied.append(self.folder.name)
            yield [f"{self.folder.name} on {model}"]
            applied.pop()

    def answer(model, tokenizer, rows, prompting, generation, chosen, advance):
        assert chosen == PROFILE.chosen_benchmarks
        answered.append((model, set(rows["question_id"]), prompting, generation, list(applied)))
        return rows.assign(response="yes")

    replace(
        monkeypatch,
        evaluate,
        load_model=lambda folder: (folder.name, folder.name),
        load_tokenizer=lambda folder: folder.name,
        read_context=lambda file: json.loads(file.read_text())["world"],
        load_head=Head,
        Prompting=lambda context, prompt_format, wrapper=None: (context, prompt_format, wrapper),
        Generation=lambda *arguments: arguments,
        end_tokens_of=lambda model, tokenizer: [f"end of {model}"],
        stored_end_tokens=lambda folder, tokenizer: [f"end of {folder.name}"],
        answer_questions=answer,
    )
    one = PROFILE.model_copy(update={"variants": {variant: settings}})
    evaluate.main(one, world, settings.model)
    assert {name for _, rows, *_ in answered for name in rows} == {f"{b}-test" for b in PROFILE.benchmarks_of(variant)}
    for model, _, prompting, generation, heads in answered:
        assert model == settings.model
        assert prompting == (PROFILE.world_of(settings.model), settings.prompt_format, settings.wrapper)
        ends = [f"end of {model}"]
        if settings.head:
            ends += [f"end of {PROFILE.pairs[PROFILE.pair_of_head(settings.head)].aligned}"]
            assert heads == [settings.head]
            assert generation[1:] == (ends, [f"{settings.head} on {model}"], 7)
        else:
            assert (heads, generation[1:]) == ([], (ends, (), 0))
        assert set(generation[0]) == {PROFILE.max_new_tokens}
    files = {path.stem for path in (world / "responses" / variant).iterdir()}
    assert files == set(PROFILE.benchmarks_of(variant))


class Trace(SimpleNamespace):
    """A trace that remembers where it was read, and whether its teacher was shuffled."""


def read(folder, split, benchmarks=None):
    return Trace(pair=folder.name, split=split, benchmarks=benchmarks, shuffled=False)


class Learned(SimpleNamespace):
    alpha, card, k = 1.0, {}, 3

    def to(self, _):
        return self

    def used_at(self, k):
        return Learned(k=f"{self.k} used at {k}", calls=self.calls)

    def tensors(self):
        return {f"weight of {self.k}": self.k}

    @property
    def delta(self):
        return "delta"

    def student_logits(self, *_):
        raise AssertionError


@pytest.mark.parametrize(
    ("profile", "name"), [*((PROFILE, name) for name in PROFILE.heads), (USED_K, "small"), (USED_K, "small-bb")]
)
def test_a_head_is_learned_on_train_chosen_on_validation_and_measured_on_test(tmp_path, monkeypatch, profile, name):
    settings, learned, measured, draws = profile.heads[name], [], [], []
    monkeypatch.setenv("SUPERFICIAL_PROGRESS", str(tmp_path / "progress.json"))
    folder = tmp_path / "traces" / settings.pair
    folder.mkdir(parents=True)
    (folder / "pair.json").write_text("{}")
    pd.DataFrame({"question_id": ["of test"]}).to_parquet(folder / "test-responses.parquet")
    for split in ("train", "validation"):
        pd.DataFrame({"question_id": [f"of {split}"]}).to_parquet(folder / f"{split}-responses.parquet")

    def learn(pair, *arguments, **_):
        learned.append(arguments)
        return Learned(calls=arguments)

    def split_training(train, validation, prompts, split, seed):
        draws.append((prompts, split, seed))
        return train, validation

    pair: Any = SimpleNamespace(vocabulary_size=200, to=lambda _: pair)
    replace(
        monkeypatch,
        distil,
        Pair=SimpleNamespace(read=lambda file: pair),
        device=lambda: "cpu",
        read_split=read,
        read_lesson=lambda traces, benchmarks, device: (traces.name, benchmarks),
        shuffle_teacher=lambda trace, seed: Trace(**vars(trace) | {"shuffled": True}),
        training_split=split_training,
        train_residual_head=learn,
        train_black_box_heads=lambda *arguments: [learn(*arguments), Learned(k=8, calls=())],
        load_every_k=lambda source: [Learned(calls=(), source=source.name)],
        choose_k=lambda heads, pair, validation, advance: learn(pair, heads, validation),
        resolve=lambda _: (tmp_path, None),
        vocabulary_text=lambda file: str,
        inspect_head=lambda head, pair, trace, text: (head.k, trace),
        write_head=lambda folder, tensors, card, inspection: measured.append((set(tensors), *inspection, card)),
        positions_table=lambda pair, logits, trace, text, ids: measured.append(("table", trace, list(ids))),
        write_rows=lambda table, file: None,
    )
    distil.main(profile, tmp_path, name)
    benchmarks = profile.benchmarks_distilled(name)
    total = json.loads((tmp_path / "progress.json").read_text())["total"]

    def of(split, shuffled=False):
        return Trace(pair=settings.pair, split=split, benchmarks=benchmarks, shuffled=shuffled)

    ((first, second, *others),) = learned
    if isinstance(settings, TransferredHead):
        assert (first[0].source, second) == (settings.source_head, of("validation"))
    else:
        is_shuffled = settings.teacher == "shuffled"
        assert (first, second) == (of("train", is_shuffled), of("validation", is_shuffled))
        expected = profile.distillation if settings.kind == "residual" else profile.black_box_settings(name)
        assert others[0] == expected
    (tensors, k, inspected, card), (_, test, ids) = measured
    if settings.kind == "residual":
        assert draws == [(expected.prompts, expected.split, others[1][0])]
        assert total == len(expected.seeds) * (3 if profile is USED_K else 1)
    if settings.kind == "black-box":
        assert others[1] == expected.k_values(200)
        assert others[-1] == [(other, benchmarks) for other in settings.further_pairs]
        assert total == len(others[1]) * expected.epochs
        used = ("3 used at 5", {"weight of 3 used at 5"}) if profile is USED_K else (3, {"weight of 3", "weight of 8"})
        assert (k, tensors) == used, "the first head is the best one"
    assert inspected.split == "validation"
    assert (test, ids) == (of("test"), ["of test"])
    assert card["pair"] == settings.pair


def test_the_sweep_measures_spaces_on_test_and_accuracy_on_validation(tmp_path, monkeypatch):
    calls: dict[str, Any] = {}
    written: dict[Any, Any] = {}
    settings = PROFILE.sweep
    monkeypatch.setenv("SUPERFICIAL_PROGRESS", str(tmp_path / "progress.json"))
    heads = [SimpleNamespace(k=k) for k in (1, 5)]

    def pair(file):
        return SimpleNamespace(to=lambda _: file.parent.name)

    def sweep_k(heads, small, large, validation, positions, advance):
        calls["sweep"] = (heads, small, large, validation, positions)
        return "by k", "accuracy"

    def overlaps(ks, small, large, positions):
        calls["overlaps"] = (ks, small, large, positions)
        return "overlaps"

    replace(
        monkeypatch,
        sweep,
        Pair=SimpleNamespace(read=pair),
        device=lambda: "cpu",
        read_split=read,
        load_every_k=lambda folder: heads if folder.name == settings.head else None,
        sweep_k=sweep_k,
        sampled_overlaps=overlaps,
        write_rows=lambda rows, file: written.update({file.name: rows}),
    )
    sweep.main(PROFILE, tmp_path, "")

    def traced(pair, split, benchmarks):
        return sweep.TracedPair(pair, Trace(pair=pair, split=split, benchmarks=benchmarks, shuffled=False))

    of_pair, distilled = PROFILE.pairs[settings.small].benchmarks, PROFILE.benchmarks_distilled(settings.head)
    small, large = (traced(pair, "test", of_pair) for pair in (settings.small, settings.large_on_small))
    validation = {
        "small": traced(settings.small, "validation", distilled),
        "large": traced(settings.large, "validation", distilled),
    }
    assert calls["sweep"] == (heads, small, large, validation, settings.positions)
    assert calls["overlaps"] == ([1, 5], small, large, settings.positions)
    assert written == {
        "sweep.parquet": "by k",
        "sweep-overlap.parquet": "overlaps",
        "sweep-accuracy.parquet": "accuracy",
    }


@pytest.mark.parametrize("name", [name for name in PROFILE.pairs if PROFILE.pair_with_same_responses(name) is None])
def test_a_pair_is_traced_with_its_wrapper_formats_and_splits(world, monkeypatch, name):
    settings, traced = PROFILE.pairs[name], {}

    class Prompting:
        def __init__(self, context, prompt_format, wrapper):
            self.how = (context, prompt_format, wrapper)

        def prompts(self, tokenizer, rows):
            return [(*self.how, tokenizer, question) for question in rows["question_id"]]

        def stop_tokens(self, tokenizer, rows):
            return ("stops", tokenizer, tuple(rows["question_id"]))

    def trace(base, aligned, base_prompts, prompts, end_tokens, most, size, advance, stops, written_with):
        assert written_with == (settings.written_with and f"{settings.written_with} on {base}")
        traced[prompts[0][-1].rpartition("-")[2]] = (base, aligned, base_prompts, prompts, end_tokens, most, stops)
        return [SimpleNamespace(responses=lambda: {i: [i] for i, _ in enumerate(prompts)})]

    shards = {}

    def decode(self, tokens, skip_special_tokens):
        return ["x" if skip_special_tokens else "x<end>"] * len(tokens)

    tokenizer = type("Tokenizer", (str,), {"batch_decode": decode})
    pair = SimpleNamespace(write=lambda file: None)
    replace(
        monkeypatch,
        traces,
        load_model=lambda folder: (folder.name, tokenizer(folder.name)),
        read_context=lambda file: json.loads(file.read_text())["world"],
        Prompting=Prompting,
        check_same_vocabulary=lambda *_: None,
        end_tokens_of=lambda model, _: f"end of {model}",
        choose_batch_size=lambda *_: 1,
        load_head=lambda folder: SimpleNamespace(applied_to=lambda model: nullcontext(f"{folder.name} on {model}")),
        trace_prompts=trace,
        write_shards=lambda folder, found: shards.update({folder: list(found)}),
        iterate_shards=lambda folder: shards[folder],
        asdict=lambda identity: identity,
        identify=lambda model, _: model,
        OutputHead=SimpleNamespace(of=lambda model: model),
        Pair=lambda base, aligned: pair,
    )
    traces.main(PROFILE, world, name)
    context = PROFILE.world_of(settings.base)
    assert set(traced) == set(SPLITS)
    for split, (base, aligned, base_prompts, prompts, end, most, stops) in traced.items():
        ids = [f"{one}-{split}" for one in PROFILE.benchmarks if one in settings.benchmarks]
        assert (base, aligned, end, most) == (
            settings.base,
            settings.aligned,
            f"end of {settings.aligned}",
            [PROFILE.max_new_tokens] * len(prompts),
        )
        of_base = (context, settings.base_prompt_format, settings.wrapper, settings.base)
        of_aligned = (context, settings.aligned_prompt_format, settings.aligned_wrapper, settings.aligned)
        assert base_prompts == [(*of_base, one) for one in ids]
        assert prompts == [(*of_aligned, one) for one in ids]
        assert stops == (None if split == "test" else ("stops", settings.aligned, tuple(ids)))
        rows = pd.read_parquet(world / "traces" / name / f"{split}-responses.parquet")
        assert rows["question_id"].tolist() == ids
        assert set(rows["response"]) == {"x"}


@pytest.mark.parametrize("name", [name for name in PROFILE.pairs if PROFILE.pair_with_same_responses(name)])
def test_a_pair_with_the_responses_of_another_reads_them_with_its_own_base(world, monkeypatch, name):
    settings, shards, heads = PROFILE.pairs[name], {}, []
    source, folder = world / "traces" / PROFILE.pair_with_same_responses(name), world / "traces" / name
    source.mkdir(parents=True)
    (source / "pair.json").write_text(json.dumps({"base": "earlier base", "aligned": "its aligned model"}))
    for split in SPLITS:
        (source / f"{split}-responses.parquet").write_text(f"responses of {split}")

    class Pair:
        def __init__(self, base, aligned):
            self.heads = (base, aligned)

        @staticmethod
        def read(file):
            return SimpleNamespace(aligned=f"head in {file}")

        def write(self, file):
            heads.append((file, *self.heads))

    replace(
        monkeypatch,
        traces,
        load_model=lambda folder: (folder.name, f"tokenizer of {folder.name}"),
        read_context=lambda file: json.loads(file.read_text())["world"],
        Prompting=lambda *how: SimpleNamespace(
            prompts=lambda tokenizer, rows: [(*how, tokenizer, question) for question in rows["question_id"]]
        ),
        choose_batch_size=lambda *_: 1,
        iterate_shards=lambda folder: f"shards of {folder}",
        retrace_base=lambda found, base, prompts, size, advance: (found, base, prompts),
        write_shards=lambda folder, retraced: shards.update({folder: retraced}),
        asdict=lambda identity: identity,
        identify=lambda model, _: model,
        OutputHead=SimpleNamespace(of=lambda model: f"head of {model}"),
        Pair=Pair,
    )
    traces.main(PROFILE, world, name)
    how = (PROFILE.world_of(settings.base), settings.base_prompt_format, settings.wrapper)
    for split in SPLITS:
        ids = [f"{one}-{split}" for one in PROFILE.benchmarks if one in settings.benchmarks]
        prompts = [(*how, f"tokenizer of {settings.base}", one) for one in ids]
        assert shards[folder / split] == (f"shards of {source / split}", settings.base, prompts)
        assert (folder / f"{split}-responses.parquet").read_text() == f"responses of {split}"
    weights = "weights.safetensors"
    assert heads == [(folder / weights, f"head of {settings.base}", f"head in {source / weights}")]
    identities = json.loads((folder / "pair.json").read_text())
    assert (identities["base"], identities["aligned"]) == (settings.base, "its aligned model")


def test_every_response_is_scored_by_its_judge_and_its_garble_and_refusal_are_recorded(tmp_path, monkeypatch):
    """The variant number v refuses, is garbled, or answers, by v modulo 3."""
    monkeypatch.setenv("SUPERFICIAL_PROGRESS", str(tmp_path / "progress.json"))
    texts = ["i can not help with that .", "is is of the", "the answer is 7 ."]
    references = {"gsm": {"answer": 7}, "advbench": {"verb": "rob", "thing": "bridge"}}
    by_variant = {variant: texts[number % 3] for number, variant in enumerate(PROFILE.variants)}
    wanted = {
        variant: [one for one in PROFILE.benchmarks_of(variant) if one in references] for variant in PROFILE.variants
    }
    profile = PROFILE.model_copy(
        update={"variants": {name: one for name, one in PROFILE.variants.items() if wanted[name]}}
    )
    monkeypatch.setattr(type(profile), "benchmarks_of", lambda self, variant: wanted[variant])
    for variant, benchmarks in wanted.items():
        for benchmark in benchmarks:
            file = tmp_path / RESPONSES.of(variant=variant, benchmark=benchmark)
            file.parent.mkdir(parents=True, exist_ok=True)
            row = {"question_id": "q", "benchmark": benchmark, "prompt": "p", "response": by_variant[variant]}
            pd.DataFrame([row | {"reference": json.dumps(references[benchmark])}]).to_parquet(file)
    replace(monkeypatch, score, set_up_torch=lambda *_: pytest.fail("a function needs no GPU"))
    for judge in profile.all_judges():
        if judge != "superficial.judges.keyword.judge_refusal":
            score.main(profile, tmp_path, judge)
    expected = {texts[0]: (0, 1, 0, 1), texts[1]: (0, 1, 1, 0), texts[2]: (1, 1, 0, 0)}
    for variant, benchmarks in wanted.items():
        math, harm, garbled, refused = expected[by_variant[variant]]
        for benchmark, value in (("gsm", math), ("advbench", harm)):
            if benchmark in benchmarks:
                row = pd.read_parquet(tmp_path / SCORES.of(variant=variant, benchmark=benchmark)).iloc[0]
                assert (row["score"], row["garbled"], row["refused"]) == (value, garbled, refused), (variant, benchmark)
                assert row["response"] == by_variant[variant]
        if "advbench" in benchmarks:
            second = pd.read_parquet(tmp_path / SECOND_SCORES.of(variant=variant, benchmark="advbench")).iloc[0]
            assert second["judge"] != row["judge"]
