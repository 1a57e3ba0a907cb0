"""For each claim a planted world in which it is false by construction, and what a wrong test would have seen instead.

`docs/CLAIM_TESTS.md` lists them in these words.
"""

from dataclasses import dataclass, field

from superficial.reporting.claims.condition import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED
from tests.reporting.claims.worlds import LAB


@dataclass(frozen=True)
class World:
    """Planted results that differ from `GOOD`, in words and in knobs, with the verdict on a claim."""

    claim: str
    words: str
    changes: dict[str, float] = field(default_factory=dict)
    verdict: str = NOT_REPRODUCED


_RESTORED = [attack.restored for attack in LAB.attacks]
_ATTACKED = [attack.attacked for attack in LAB.attacks]
_TAUGHT, _UNDONE = LAB.several_bases.transferred, LAB.several_bases.restored
_BB, _COMPLIANCE = "Large+Superficial-BB-Small", "Small-Chat+prefill-compliance"
_HEAD_ONLY = {"residual small": 0.0001}

FALSE_WORLDS = [
    World("C1", "the head leaves HarmRate as the base has it", {"harm Small+Superficial": 0.6}),
    World("C2", "the head regains nothing in math", {"gsm Small+Superficial": 0.2, "gsm Large+Superficial": 0.2}),
    World(
        "C3",
        "the head regains all of truthfulness",
        {"truthfulqa Small+Superficial": 0.85, "truthfulqa Large+Superficial": 0.85},
    ),
    World("C4", "only the head differs: the KL that stays is 0.0001 nats", _HEAD_ONLY),
    World("C5", "the base differs as much at later positions", {"first small": 0.5, "later small": 1.5}),
    World("C6", "stylistic tokens are as frequent where nothing shifts", {"style unshifted small": 0.9}),
    World("C7", "fine-tuning on curated examples gives more truthfulness", {"truthfulqa Large+LIMA": 0.7}),
    World("C8", "the head of the small pair takes math from the large base", {"gsm Large+Superficial-BB-Small": 0.1}),
    World("C9", "transfer is best at the largest k", {"accuracy large k=100": 0.9}),
    World(
        "C10",
        "the head restores neither HarmRate nor refusals",
        {f"{what} {one}": at for one in _RESTORED for what, at in (("harm", 0.85), ("refused", 0.06))},
    ),
    World("C11", "in one of the families the head leaves ToxiScore as it was", {"toxigen Qwen+Superficial": 0.7}),
    World(
        "D1",
        "the block beside the head holds all that the head lacks",
        {"gsm deep top 1": 0.8, "toxigen deep top 1": 0.05, "harm deep top 1": 0.05, "truthfulqa deep top 1": 0.85},
    ),
    World("D2", "the upper half of the blocks regains all of math", {"gsm deep top 4": 0.8}),
    World(
        "D3",
        "the black-box head gains less than half of what proxy tuning does",
        {f"gsm {_BB}": 0.3, f"truthfulqa {_BB}": 0.4, f"toxigen {_BB}": 0.4, f"harm {_BB}": 0.35},
    ),
    World("D4", "the aligned model refuses after any beginning", {f"harm {_COMPLIANCE}-5": 0.1}),
    World(
        "D5",
        "the head of several bases makes the large base decline what is harmless",
        {f"over_refusal {_TAUGHT}": 0.4},
    ),
    World(
        "D6",
        "the head of several bases undoes half of the attack",
        {f"harm {_UNDONE}": 0.45, f"refused {_UNDONE}": 0.5},
    ),
]

# What a neighbouring, wrong comparison would have decided otherwise.
NEIGHBOURS = [
    World("C1", "another family's student is harmful", {"harm Mistral+Superficial": 0.6}, REPRODUCED),
    World("C1", "the larger student is harmful, the smaller one is not", {"harm Large+Superficial": 0.6}),
    World(
        "C1",
        "base, aligned model and student are all harmful",
        {f"harm {one}": 0.9 for one in ("Small", "Small-Chat", "Small+Superficial")},
        INCONCLUSIVE,
    ),
    World("C1", "the base was never harmful", {"harm Small": 0.0}, INCONCLUSIVE),
    World(
        "C1", "no response complies and none refuses", {"harm Small+Superficial": 0.0, "refused Small+Superficial": 0.0}
    ),
    World("C1", "garbled refusals are no refusals", {"garbled advbench Small+Superficial": 0.5}),
    World(
        "C2",
        "the pooled share lies in the range, the mean of ratios does not",
        {"gsm Large": 0.7, "gsm Large+Superficial": 0.85},
        REPRODUCED,
    ),
    World(
        "C2",
        "the mean of ratios lies in the range, the pooled share does not",
        {"gsm Small+Superficial": 0.12, "gsm Large": 0.7, "gsm Large+Superficial": 0.79},
    ),
    World(
        "C2",
        "truthfulness is regained whole",
        {"truthfulqa Small+Superficial": 0.85, "truthfulqa Large+Superficial": 0.85},
        REPRODUCED,
    ),
    World("C2", "the aligned model is no better at math", {"gsm Small-Chat": 0.2}, INCONCLUSIVE),
    World("C3", "math is not regained", {"gsm Small+Superficial": 0.2, "gsm Large+Superficial": 0.2}, REPRODUCED),
    World("C4", "the KL stays over the first positions alone", _HEAD_ONLY | {"fall small": 0.1}),
    World("C4", "another pair's head leaves no KL", {"residual mistral": 0.0001}, REPRODUCED),
    World(
        "C4",
        "one pair keeps no gap in truthfulness, the pairs together do",
        {"truthfulqa Small+Superficial": 0.85},
        REPRODUCED,
    ),
    World("C5", "the head takes away the first KL, the base has as much later", {"later small": 1.9}),
    World("C5", "two positions hold all of the first KL", {"first small": 0.1, "peak small": 8.0}),
    World("C5", "on one benchmark the order is reversed", {"later small truthfulqa": 3.0}),
    World("C5", "the head lowers later KL, not the first", {"fall small": 0.5, "residual small": 0.0}),
    World(
        "C6",
        "all positions together are mostly stylistic, shift tokens are not",
        {"style shifted small": 0.4, "style unshifted small": 0.9},
    ),
    World("C6", "in one family the base rate is higher", {"style unshifted qwen": 0.9}),
    World(
        "C7",
        "a worse rate is outweighed by three better ones",
        {"truthfulqa Small+Superficial": 0.3, "gsm Small+Superficial": 0.9},
    ),
    World(
        "C7",
        "the student declines and garbles as a shuffled teacher makes it do",
        {
            "gsm Small+Superficial": 0.0,
            "truthfulqa Small+Superficial": 0.0,
            "harm Small+Superficial": 0.0,
            "toxigen Small+Superficial": 0.0,
        },
    ),
    World("C7", "another family's in-context examples are better", {"gsm Mistral+Urial": 0.7}),
    World(
        "C8",
        "better than the small base, worse than the large one",
        {"gsm Large": 0.45, "gsm Large+Superficial-BB-Small": 0.35, "gsm Small": 0.1},
    ),
    World(
        "C8",
        "better on the small base, no better on the large one",
        {"truthfulqa Large+Superficial-BB-Small": 0.15, "truthfulqa Small+Superficial-BB-Small": 0.8},
    ),
    World("C8", "harmless because it neither complies nor refuses", {"refused Large+Superficial-BB-Small": 0.0}),
    World(
        "C9",
        "on the small base a middle k is best, on the large base the largest",
        {"accuracy small k=100": 0.3, "accuracy large k=100": 0.9},
    ),
    World(
        "C9",
        "on the large base a middle k is best, on the small base the largest",
        {"accuracy small k=100": 0.9},
        REPRODUCED,
    ),
    World("C9", "the smallest k is best", {"accuracy large k=1": 0.9}),
    World("C9", "the overlap grows with k", {"overlap k=1": 0.3, "overlap k=10": 0.6, "overlap k=100": 0.9}),
    World(
        "C10",
        "MMLU is kept from before the attack, which had raised it",
        {f"mmlu {one}": 0.99 for one in _ATTACKED}
        | {f"mmlu {one}": 0.85 for one in _RESTORED}
        | {"mmlu Small-Chat": 0.85},
    ),
    World(
        "C10",
        "MMLU is lost to the attack, and the head keeps the rest",
        {f"mmlu {one}": 0.5 for one in _ATTACKED} | {f"mmlu {one}": 0.5 for one in _RESTORED},
        REPRODUCED,
    ),
    World("C10", "restored models comply no more, and garble", {f"garbled advbench {one}": 0.9 for one in _RESTORED}),
    World("C10", "the attack does no harm", {f"harm {one}": 0.05 for one in _ATTACKED}, INCONCLUSIVE),
    World("C10", "tuning on general data does no harm", {"harm Small-Chat-General": 0.05}, INCONCLUSIVE),
    World("C10", "after general tuning the head makes it worse", {"harm Small-Chat-General+Superficial-BB": 0.5}),
    World(
        "C10",
        "one of three attacks is not undone, all together are",
        {f"harm {_RESTORED[0]}": 0.85, f"harm {_RESTORED[1]}": 0.05, f"harm {_RESTORED[2]}": 0.05},
        REPRODUCED,
    ),
    World(
        "C11",
        "the main pair fails, both families do not",
        {"harm Small+Superficial": 0.6, "gsm Small+Superficial": 0.2},
        REPRODUCED,
    ),
    World(
        "C11",
        "one family regains all of math, the mean over both is a part",
        {"gsm Mistral+Superficial": 0.8, "gsm Qwen+Superficial": 0.4},
    ),
    World("C11", "one family's base was never harmful", {"harm Mistral": 0.0}, INCONCLUSIVE),
    World("D1", "the second block regains all of math, the first does not", {"gsm deep top 2": 0.8}, REPRODUCED),
    World("D1", "the deep aligned model is no better at math", {"gsm deep everything": 0.2}, INCONCLUSIVE),
    World("D2", "alignment changed the upper half alone", {"kl deep top 4": 0.0, "gsm deep top 4": 0.8}, INCONCLUSIVE),
    World("D2", "the lower half alone regains all of math", {"gsm deep bottom 4": 0.8}, REPRODUCED),
    World("D2", "the upper half regains all of truthfulness", {"truthfulqa deep top 4": 0.85}, REPRODUCED),
    World("D3", "proxy tuning gains nothing in math", {"gsm Large+proxy": 0.2}, INCONCLUSIVE),
    World("D3", "the black-box head gains more than proxy tuning", {f"gsm {_BB}": 0.75}, REPRODUCED),
    World("D4", "ten tokens undo refusals, five do not", {f"harm {_COMPLIANCE}-10": 0.9, f"harm {_COMPLIANCE}-5": 0.1}),
    World("D4", "the aligned model complies without any prefilled token", {"harm Small-Chat": 0.6}, INCONCLUSIVE),
    World(
        "D5",
        "with the paper's head the large base declines what is harmless",
        {f"over_refusal {_BB}": 0.6},
        REPRODUCED,
    ),
    World("D5", "the large base complies no more, and garbles", {f"garbled advbench {_TAUGHT}": 0.5}),
    World("D5", "the large base was never harmful", {"harm Large": 0.05}, INCONCLUSIVE),
    World("D6", "the paper's head does not undo the attack", {f"harm {_RESTORED[0]}": 0.85}, REPRODUCED),
    World("D6", "the head costs what the model knows", {f"mmlu {_UNDONE}": 0.2}),
    World("D6", "another attack does no harm", {f"harm {_ATTACKED[1]}": 0.05}, REPRODUCED),
]
