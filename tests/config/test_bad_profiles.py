"""A wrong profile is refused with one sentence that names the field, its value and what is allowed."""

import pytest
import yaml

from repro.engine.paths import PROFILES
from superficial.config import load_profile
from tests.support.messages import assert_contains, message_of
from tests.support.profiles import changed_profile

BLACK_BOX = {"pair": "small", "kind": "black-box", "teacher": "aligned"}
ADAM = {"learning_rate": 1e-4, "epsilon": 1e-8, "epochs": 5, "batch_size": 100}
# A change of profile central, and the message about it.
CHANGES = [
    ({"colour": 1}, "field 'colour' has the value 1: Extra inputs are not permitted"),
    ({"name": "Big Lab"}, "field 'name' has the value 'Big Lab': String should match pattern"),
    ({"name": None}, "field 'name' has the value None: Input should be a valid string"),
    ({"threads": 0}, "field 'threads' has the value 0: Input should be greater than 0"),
    ({"threads": "two"}, "field 'threads' has the value 'two': Input should be a valid integer"),
    ({"threads": "2"}, "field 'threads' has the value '2': Input should be a valid integer"),
    ({"threads": True}, "field 'threads' has the value True: Input should be a valid integer"),
    ({"threads": 1.5}, "field 'threads' has the value 1.5: Input should be a valid integer"),
    ({"disk_gigabytes": -1}, "field 'disk_gigabytes' has the value -1: Input should be greater than 0"),
    ({"disk_gigabytes": float("inf")}, "field 'disk_gigabytes' has the value inf: Input should be a finite number"),
    ({"disk_gigabytes": float("nan")}, "field 'disk_gigabytes' has the value nan: Input should be a finite number"),
    ({"max_new_tokens": 0}, "field 'max_new_tokens' has the value 0: Input should be greater than 0"),
    ({"worlds": []}, "field 'worlds' has the value []: Input should be a valid dictionary"),
    ({"worlds": {"main": {"seed": -3}}}, "field 'worlds.main.seed' has the value -3"),
    ({"worlds": {"a b": {"seed": 1}}}, "String should match pattern"),
    ({"worlds": {"../x": {"seed": 1}}}, "String should match pattern"),
    ({"worlds": {"$(rm)": {"seed": 1}}}, "String should match pattern"),
    ({"worlds": {"main": {"questions": {"test": {"math": 0}}}}}, "'worlds.main.questions.test.math' has the value 0"),
    ({"worlds": {"main": {"questions": {"dev": {"math": 1}}}}}, "Input should be 'train', 'validation' or 'test'"),
    ({"worlds": {"main": {"questions": {"test": None}}}}, "'worlds.main.questions.test' has the value None"),
    ({"models": {"small": {"recipe": "guess"}}}, "'models.small' has the value ...: Input tag 'guess'"),
    ({"models": {"small": {"world": "moon"}}}, "model small names the world 'moon'; there are"),
    ({"models": {"small": {"architecture": "gpt2"}}}, "Input should be 'llama', 'mistral' or 'qwen2'"),
    ({"models": {"small": {"shape": {"width": 30}}}}, "width 30 must be a multiple of twice the 4 heads"),
    ({"models": {"small": {"shape": {"layers": 0}}}}, "'models.small.pretrain.shape.layers' has the value 0"),
    ({"models": {"small": {"training": {"steps": -1}}}}, "training.steps' has the value -1"),
    ({"models": {"small": {"training": {"learning_rate": 0}}}}, "training.learning_rate' has the value 0"),
    (
        {"models": {"small": {"training": {"learning_rate": "1e-3"}}}},
        "has the value '1e-3': Input should be",
    ),
    ({"models": {"small": {"training": {"seed": -1}}}}, "training.seed' has the value -1"),
    ({"models": {"small-chat": {"starts_from": "tiny"}}}, "model small-chat names the model 'tiny'; there are"),
    (
        {"models": {"small-chat": {"starts_from": "small-chat"}}},
        "model small-chat names the model 'small-chat'; there are",
    ),
    (
        {
            "models": {
                "small-chat": {"starts_from": "control-head-only"},
                "control-head-only": {"starts_from": "small-chat"},
            }
        },
        "starts from itself: small-chat from control-head-only from small-chat",
    ),
    ({"models": {"small-chat": {"data": "web"}}}, "Input should be 'alignment', 'style', 'curated'"),
    ({"models": {"small-chat": {"trained_parameters": "none"}}}, "Input should be 'all', 'head' or 'backbone'"),
    ({"models": {"small-chat": {"prompt_format": "urial"}}}, "Input should be 'plain' or 'chat'"),
    ({"pairs": {"small": {"base": "tiny"}}}, "pair small names the model 'tiny'; there are"),
    ({"pairs": {"small": {"aligned": "tiny"}}}, "pair small names the model 'tiny'; there are"),
    ({"pairs": {"small": {"benchmarks": []}}}, "'pairs.small.benchmarks' has the value []"),
    ({"pairs": {"small": {"benchmarks": ["chess"]}}}, "pair small names the benchmark 'chess'; there are"),
    ({"evaluated_benchmarks": ["chess"]}, "field evaluated_benchmarks names the benchmark 'chess'; there are"),
    ({"benchmarks": {"gsm": {"judge": "os:system"}}}, "'benchmarks.gsm.judge' has the value 'os:system'"),
    ({"distillation": {"adam": "yes"}}, "'distillation.adam' has the value 'yes'"),
    ({"distillation": {"adam": ADAM, "rank": 4}}, "adam trains a head of full rank, and rank is 4"),
    ({"distillation": {"teacher_top": 0}}, "'distillation.teacher_top' has the value 0"),
    ({"distillation": {"seeds": []}}, "'distillation.seeds' has the value []"),
    ({"distillation": {"adam": ADAM | {"epochs": 1e6}}}, "'distillation.adam.epochs' has the value 1000000.0"),
    (
        {"black_box_distillation": {"k": [0]}},
        "'black_box_distillation.k.0' has the value 0: k must be a positive whole number or the word 'vocabulary'",
    ),
    (
        {"black_box_distillation": {"k": ["all"]}},
        "'black_box_distillation.k.0' has the value 'all': k must be a positive",
    ),
    (
        {"black_box_distillation": {"k": [None]}},
        "'black_box_distillation.k.0' has the value None: k must be a positive",
    ),
    ({"black_box_distillation": {"epsilon": -1.0}}, "'black_box_distillation.epsilon' has the value -1.0"),
    ({"heads": {"small": {"pair": "none"}}}, "head small names the pair 'none'; there are"),
    ({"heads": {"small": {"kind": "magic"}}}, "Input tag 'magic'"),
    (
        {"heads": {"t": {"pair": "small", "kind": "transferred", "source_head": "small"}}},
        "head t names the black-box head",
    ),
    ({"heads": {"t": BLACK_BOX | {"further_pairs": ["none"]}}}, "head t names the pair 'none'; there are"),
    (
        {"heads": {"t": BLACK_BOX | {"further_pairs": ["control-same"], "teacher": "shuffled"}}},
        "head t has further pairs and the teacher shuffled; with further pairs it is aligned",
    ),
    ({"heads": {"t": BLACK_BOX | {"k": [0]}}}, "k must be a positive whole number or the word 'vocabulary'"),
    (
        {"heads": {"t": BLACK_BOX | {"k": [5, 9]}}, "black_box_distillation": {"k": [5], "used_k": 9}},
        "head t has 2 values of k; where black_box_distillation.used_k is set, a head may have one",
    ),
    ({"pairs": {"small": {"written_with": "small"}}}, "pair small names the black-box head 'small'; there are"),
    (
        {"heads": {"t": BLACK_BOX}, "pairs": {"small": {"written_with": "t"}}},
        "head t is learned from responses that are written with it; they need another head",
    ),
    (
        {"several_bases": {"transferred": "X", "restored": "Small"}},
        "field several_bases names the variant 'X'; there are",
    ),
    (
        {"several_bases": {"transferred": "Small", "restored": "Small"}},
        "field several_bases names the variant Small of the model small; field transfer_comparison compares none",
    ),
    ({"variants": {"Small": {"model": "tiny"}}}, "variant Small names the model 'tiny'; there are"),
    ({"variants": {"Small": {"head": "tiny"}}}, "variant Small names the head 'tiny'; there are"),
    ({"variants": {"Small": {"prompt_format": "haiku"}}}, "Input should be 'plain', 'chat', 'chat-two-bos' or 'urial'"),
    ({"variants": {"Small": {"benchmarks": ["chess"]}}}, "variant Small names the benchmark 'chess'; there are"),
    ({"tables": {"table1": {"rows": ["Huge"]}}}, "table table1 names the variant 'Huge'; there are"),
    ({"tables": {"table1": {"rows": []}}}, "'tables.table1.rows' has the value []"),
    ({"recovery": {"superficial": []}}, "'recovery.superficial' has the value []"),
    (
        {"recovery": {"superficial": [{"base": "Small", "aligned": "Small-Chat", "student": "X"}]}},
        "recovery superficial names the variant 'X'; there are",
    ),
    ({"generality_comparisons": ["french"]}, "field generality_comparisons names the comparison 'french'; there are"),
    ({"attacks": [{"before": "Small"}]}, "'attacks.0.attacked' has the value ...: Field required"),
    (
        {"general_tuning": {"before": "Small", "attacked": "X", "restored": "Small"}},
        "field general_tuning names the variant 'X'; there are",
    ),
    ({"baselines": [{"student": "Small", "others": ["X"]}]}, "field baselines names the variant 'X'; there are"),
    ({"main_head": "large"}, "field main_head names the head 'large'; there are control-head-only, control-same"),
    ({"main_comparison": "C1"}, "field main_comparison names the comparison 'C1'; there are"),
    ({"transfer_comparison": "C8"}, "field transfer_comparison names the comparison 'C8'; there are"),
    ({"controls": {"same": "control-shufled"}}, "field controls.same names the head 'control-shufled'; there are"),
    ({"controls": {"backbone": "marks"}}, "field controls.backbone names the comparison 'marks'; there are"),
    (
        {"controls": {"head_only": None}},
        "field 'controls.head_only' has the value None: Input should be a valid string",
    ),
    ({"view": {"head": "tiny"}}, "field view.head names the residual head 'tiny'; there are"),
    ({"view": {"black_box_head": "small"}}, "field view.black_box_head names the black-box head 'small'; there are"),
    ({"families": {"small": {"base": "tiny"}}}, "pair small names the model 'tiny'; there are"),
    ({"families": {"small": {"urial": "yes"}}}, "field 'families.small.urial' has the value 'yes': Input should be"),
    ({"families": {"new": {"base": "small"}}}, "field 'families.new.aligned' has the value ...: Field required"),
    ({"heads": {"family qwen": None}}, "bad.yaml names the 'family qwen'; the families are small."),
    ({"tables": {"table1": {"rows": ["family qwen"]}}}, "bad.yaml names the 'family qwen'; the families are small."),
    ({"extends": "bad"}, "field 'extends' has the value 'bad': a profile cannot extend itself"),
    ({"extends": 7}, "field 'extends' has the value 7: it must be the name of another profile"),
    (
        {"extends": "../../etc/passwd"},
        "field 'extends' has the value '../../etc/passwd': it must be the name of another",
    ),
    ({"extends": "nothing"}, "There is no profile 'nothing' in ...; the profiles are: "),
]

# The whole text of a profile, and the message about it.
TEXTS = [
    ("a: [1", "is not YAML: while parsing a flow sequence"),
    ("a: b: c", "is not YAML: mapping values are not allowed here"),
    ("\ta: 1", "is not YAML: while scanning for the next token found character '\\t'"),
    ("a: *nobody", "is not YAML: found undefined alias 'nobody'"),
    ("a: 2001-99-99", "is not YAML: month must be in 1..12"),
    ("!!python/object/apply:os.system ['true']", "is not YAML: could not determine a constructor for the tag"),
    (b"name: \xff\xfe", "is not YAML: "),
    (b"name: \x00", "is not YAML: "),
    ("? [a]\n: b", "is not YAML: while constructing a mapping"),
    ("[" * 5000, "is not YAML: "),
    ("- 1", "holds list, not a mapping of fields"),
    ("just words", "holds str, not a mapping of fields"),
    ("", "holds NoneType, not a mapping of fields"),
    ("1: 2", "field 'name' has the value {1: 2}: Field required"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES, ids=[message[:60] for _, message in CHANGES])
def test_a_bad_field_is_named_with_its_value_and_what_is_allowed(tmp_path, change, message):
    assert_contains(message, message_of(load_profile, changed_profile(tmp_path, change)))


@pytest.mark.parametrize(("text", "message"), TEXTS, ids=[message[:60] for _, message in TEXTS])
def test_a_file_that_is_not_a_profile_is_refused(tmp_path, text, message):
    path = tmp_path / "bad.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert_contains(message, message_of(load_profile, path))


def test_profiles_that_extend_each_other_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: b")
    (tmp_path / "b.yaml").write_text("extends: a")
    message = message_of(load_profile, tmp_path / "a.yaml")
    assert_contains("b.yaml: field 'extends' has the value 'a': a profile cannot extend itself", message)


def test_a_pair_of_two_vocabularies_is_refused(tmp_path):
    content = yaml.safe_load((PROFILES / "central.yaml").read_text())
    content["worlds"]["other"] = content["worlds"]["main"]
    content["models"]["stranger"] = content["models"]["small"] | {"world": "other"}
    content["families"]["small"]["base"] = "stranger"
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(content))
    message = message_of(load_profile, path)
    assert_contains("pair small mixes the vocabularies of the worlds main and other", message)


@pytest.mark.parametrize("own", [{"answers": "chosen"}, {"max_new_tokens": 5}])
def test_a_neighbouring_method_on_a_benchmark_with_answers_of_its_own_is_refused(tmp_path, own):
    content = yaml.safe_load((PROFILES / "central.yaml").read_text())
    content["benchmarks"]["truthfulqa"] |= own
    method = {"method": "prefill", "writer": "small-chat", "writer_prompt_format": "chat", "tokens": 1}
    content["variants"]["Prefilled"] = {"model": "small", "prompt_format": "plain", "neighbour": method}
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(content))
    assert_contains("the method prefill and the benchmark truthfulqa, whose answers", message_of(load_profile, path))


def test_a_sweep_over_different_responses_is_refused(tmp_path):
    change = {"pairs": {"large-on-small": {"aligned": "large-chat"}}}
    message = message_of(load_profile, changed_profile(tmp_path, change, base="lab"))
    assert_contains("pairs small and large-on-small must have the same aligned model and benchmarks", message)


def test_a_sensitivity_study_names_the_alternative_that_is_wrong(tmp_path):
    change = {"sensitivity": {"axes": {"rank": {"4": {"changes": {"rank": -1}}}}}}
    message = message_of(load_profile, changed_profile(tmp_path, change, base="lab"))
    assert_contains("sensitivity '4' changes 'rank' to -1: Input should be greater than 0", message)


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"depth": {"pair": "none"}}, "field depth.pair names the pair 'none'; there are"),
        ({"pairs": {"deep": {"aligned_prompt_format": "chat"}}}, "whose base reads plain prompts"),
        (
            {"pairs": {"deep": {"wrapper": "identity", "aligned_is_wrapped": False}}},
            "of which only the base is wrapped",
        ),
        ({"depth": {"planted": ["small-in-chat"]}}, "of whose aligned model not only blocks are trained"),
        ({"depth": {"blocks": [0, 1, 4, 7, 8]}}, "planted pairs need every number of blocks: leave out blocks"),
        *(
            ({"depth": {"planted": [], "blocks": blocks}}, f"blocks is {blocks}; it must be increasing and end with")
            for blocks in (
                [],
                [1, 4, 7, 8],
                [0, 2, 4, 6, 8],
                [0, 1, 7, 8],
                [0, 1, 4, 8],
                [0, 1, 3, 4, 7, 8],
                [0, 1, 4, 4, 7, 8],
                [0, 4, 1, 7, 8],
            )
        ),
        (
            {"depth": {"planted": [], "blocks": [0, 1, 3, 5, 6]}},
            "field depth.blocks ends at 6; the models of pair deep have 8 blocks",
        ),
        (
            {"depth": {"planted": [], "blocks": [0, 1, 5, 9, 10]}},
            "field depth.blocks ends at 10; the models of pair deep have 8 blocks",
        ),
    ],
)
def test_a_study_of_depth_on_pairs_that_cannot_exchange_blocks_is_refused(tmp_path, change, expected):
    assert_contains(expected, message_of(load_profile, changed_profile(tmp_path, change, base="lab")))


def test_chosen_numbers_of_blocks_are_a_study_of_depth(tmp_path):
    change = {"depth": {"planted": [], "blocks": [0, 1, 3, 4, 5, 7, 8]}}
    assert load_profile(changed_profile(tmp_path, change, base="lab")).depth.blocks == [0, 1, 3, 4, 5, 7, 8]
