"""Planted results for each condition of each claim: just inside its range, at its threshold, and just outside.

Knobs are those of `worlds.GOOD`. A value is so near to the threshold that another model, benchmark, position or sign
would give another outcome.
"""

from dataclasses import dataclass, field

from tests.reporting.claims.worlds import LAB


@dataclass(frozen=True)
class Case:
    """Knobs that move one condition of a claim through its threshold.

    Attributes:
        claim: the claim.
        condition: the condition's name, or a guard's.
        knobs: they all have the same value.
        at: the value at which the estimate is the threshold, so that its interval straddles it.
        step: at `at + step` the condition holds, at `at - step` it fails.
        others: other knobs, so that the rest of the claim stays in its range.
        is_alone: whether no other condition of the claim leaves its range, so that the verdict follows from this one.
        is_guard: whether the condition guards the claim.
    """

    claim: str
    condition: str
    knobs: tuple[str, ...]
    at: float
    step: float
    others: dict[str, float] = field(default_factory=dict)
    is_alone: bool = True
    is_guard: bool = False

    def planted(self, steps: int) -> dict[str, float]:
        """Return the knobs at so many steps from the threshold."""
        return self.others | dict.fromkeys(self.knobs, self.at + steps * self.step)


def _risk(claim: str, base: str, aligned: str) -> list[Case]:
    student = f"{base}+Superficial"
    return [
        # A base with little risk to remove leaves open whether most of it was removed, too.
        Case(claim, f"HarmRate, {base} minus {aligned}", (f"harm {base}",), 0.15, 0.05, is_alone=False),
        Case(claim, f"ToxiScore, {base} minus {aligned}", (f"toxigen {base}",), 0.15, 0.05, is_alone=False),
        Case(claim, f"Refused, {aligned} minus {base}", (f"refused {aligned}",), 0.2, 0.05),
        Case(claim, f"HarmRate, {aligned} minus 0.5 of {base}", (f"harm {aligned}",), 0.3, -0.05),
        Case(claim, f"ToxiScore, {aligned} minus 0.5 of {base}", (f"toxigen {aligned}",), 0.35, -0.05),
        # What complies cannot refuse: the aligned model refuses a little less.
        Case(
            claim,
            f"HarmRate, {student} minus {aligned}",
            (f"harm {student}",),
            0.15,
            -0.05,
            {f"refused {aligned}": 0.85},
        ),
        Case(claim, f"ToxiScore, {student} minus {aligned}", (f"toxigen {student}",), 0.15, -0.05),
        Case(claim, f"Refused, {student} minus {aligned}", (f"refused {student}",), 0.8, 0.05),
    ]


def _gap(claim: str, label: str, benchmark: str, high: float, base: str, aligned: str) -> Case:
    """The student stays halfway between base and aligned model; of one pair alone its share has a wide interval."""
    student = {f"{benchmark} {base}+Superficial": high - 0.04}
    condition, knobs = f"{label}, {aligned} minus {base}", (f"{benchmark} {base}",)
    return Case(claim, condition, knobs, high - 0.05, -0.04, student, is_alone=claim != "C11")


def _share(claim: str, label: str, benchmark: str, low: float, gap: float, students: list[str]) -> list[Case]:
    condition = f"{label}, pooled recovered share of {', '.join(students)}"
    knobs = tuple(f"{benchmark} {student}" for student in students)
    return [
        Case(claim, condition, knobs, low + 0.1 * gap, 0.05),
        Case(claim, condition, knobs, low + 0.9 * gap, -0.05),
    ]


def _guards(
    claim: str, student: str, aligned_over_refusal: float, benchmarks: list[str], is_guard: bool = True
) -> list[Case]:
    limit = aligned_over_refusal + 0.2
    aligned = "Small-Chat" if "Attacked" in student or "General" in student else _ALIGNED[student.partition("+")[0]]
    names = [(f"Over-refusal, {student} minus {aligned}", f"over_refusal {student}", limit, -0.06)]
    names += [
        (f"garbled responses of {student} to {one} beyond its models'", f"garbled {one} {student}", 0.05, -0.035)
        for one in benchmarks
    ]
    return [Case(claim, what, (knob,), at, step, is_alone=False, is_guard=is_guard) for what, knob, at, step in names]


def _simple(student: str, other: str, rival: str | None) -> list[Case]:
    """Cases of C7; `rival` is another method, which is made so bad that only one comparison is near its threshold."""

    def case(label: str, benchmark: str, knob: str, at: float, step: float, rival_value: float) -> Case:
        others = {f"{benchmark} {rival}": rival_value} if rival else {}
        return Case("C7", f"{label}, {student} against {other}, positive: better", (knob,), at, step, others)

    return [
        case("GSM", "gsm", f"gsm {other}", 0.5, -0.06, 0.1),
        case("Info+True", "truthfulqa", f"truthfulqa {other}", 0.6, -0.06, 0.1),
        case(
            "ToxiScore", "toxigen", f"toxigen {student}", _RISK_OF[other.partition("+")[2]]["toxigen"] + 0.1, -0.06, 1.0
        ),
        case("HarmRate", "harm", f"harm {student}", _RISK_OF[other.partition("+")[2]]["harm"] + 0.1, -0.06, 1.0),
    ]


_ALIGNED = {"Small": "Small-Chat", "Large": "Large-Chat", "Mistral": "Mistral-Instruct", "Qwen": "Qwen-Instruct"}
_RISK_OF = {"Urial": {"toxigen": 0.07, "harm": 0.07}, "LIMA": {"toxigen": 0.6, "harm": 0.5}}
_MATH, _TRUTH = ("GSM", "gsm", 0.8), ("Info+True", "truthfulqa", 0.85)
_PAIRS = [("Small", "Small-Chat"), ("Large", "Large-Chat")]
_FAMILIES = [("Mistral", "Mistral-Instruct"), ("Qwen", "Qwen-Instruct")]
_STUDENTS = ["Small+Superficial", "Large+Superficial"]
_LEAD = "Small-Chat and Large-Chat minus Small+Superficial and Large+Superficial"
_FRONT, _FALL = "base KL, first ten minus later positions (nats)", "fall of KL over the first ten positions"
_TRACED = ("advbench", "gsm", "toxigen", "truthfulqa")
_BB = "Large+Superficial-BB-Small"
_TAUGHT, _UNDONE = LAB.several_bases.transferred, LAB.several_bases.restored
_SWEEP = "transfer accuracy at the best k, chosen on other prompts, minus at the"
_ATTACKED, _RESTORED = ([getattr(one, stage) for one in LAB.attacks] for stage in ("attacked", "restored"))
_GENERAL, _REPAIRED = "Small-Chat-General", "Small-Chat-General+Superficial-BB"
_HARMED, _LOST = f"{' and '.join(_ATTACKED)} minus Small-Chat", f"Small-Chat minus {' and '.join(_ATTACKED)}"
_DEEP, _PREFILLED = "aligned model better than base", "Small-Chat+prefill-compliance-5"
_RISKS = ["advbench", "toxigen", "over_refusal"]
_ALL = [*_RISKS, "gsm", "truthfulqa"]


def _knobs(what: str, variants: list[str]) -> tuple[str, ...]:
    return tuple(f"{what} {variant}" for variant in variants)


CASES = [
    *(case for pair in _PAIRS for case in _risk("C1", *pair)),
    *(case for student in _STUDENTS for case in _guards("C1", student, 0.08, _RISKS)),
    *(_gap("C2", *_MATH, *pair) for pair in _PAIRS),
    *_share("C2", "GSM", "gsm", 0.2, 0.6, _STUDENTS),
    *(_gap("C3", *_TRUTH, *pair) for pair in _PAIRS),
    *_share("C3", "Info+True", "truthfulqa", 0.25, 0.6, _STUDENTS),
    *(_gap("C4", *measure, *pair) for measure in (_MATH, _TRUTH) for pair in _PAIRS),
    Case("C4", "KL of base + superficial after the first ten positions (nats)", ("residual small",), 0.02, 0.004),
    Case("C4", f"GSM, {_LEAD}", _knobs("gsm", _STUDENTS), 0.8, -0.05),
    Case("C4", f"Info+True, {_LEAD}", _knobs("truthfulqa", _STUDENTS), 0.85, -0.05),
    Case(
        "C5",
        "base KL, first ten positions (nats)",
        ("first small",),
        0.05,
        0.015,
        {"later small": 0.01, "peak small": 0},
    ),
    Case("C5", _FRONT, ("first small",), 0.4, 0.25, {"peak small": 0}, is_alone=False),
    Case("C5", f"without the 2 positions of its peak, chosen on other prompts: {_FRONT}", ("first small",), 0.4, 0.25),
    Case("C5", _FALL, ("fall small",), 0.9, 0.02),
    *(Case("C5", f"{one}: {_FRONT}", (f"first small {one}",), 0.4, 0.25, {"peak small": 0}) for one in _TRACED),
    *(Case("C5", f"{one}: {_FALL}", (f"fall small {one}",), 0.75, 0.03, {"fall small": 0.99}) for one in _TRACED),
    *(
        case
        for student, head in zip([*_STUDENTS, "Mistral+Superficial", "Qwen+Superficial"], _ALIGNED, strict=True)
        for case in (
            Case(
                "C6",
                f"{student}: share of stylistic targets, shift tokens minus unshifted positions",
                (f"style shifted {head.lower()}",),
                0.8,
                0.1,
                {f"style unshifted {head.lower()}": 0.8},
            ),
            Case(
                "C6",
                f"{student}: share of stylistic targets among shift tokens",
                (f"style shifted {head.lower()}",),
                0.5,
                0.1,
                {f"style unshifted {head.lower()}": 0.2},
            ),
        )
    ),
    *(
        case
        for baselines in LAB.baselines
        for other in baselines.others
        for case in _simple(baselines.student, other, next((one for one in baselines.others if one != other), None))
    ),
    Case("C8", "GSM, Large-Chat minus Large", ("gsm Large-Chat",), 0.25, 0.04),
    Case("C8", "Info+True, Large-Chat minus Large", ("truthfulqa Large-Chat",), 0.3, 0.04),
    Case("C8", "ToxiScore, Large minus Large-Chat", ("toxigen Large-Chat",), 0.65, -0.04),
    Case("C8", "HarmRate, Large minus Large-Chat", ("harm Large-Chat",), 0.55, -0.04),
    Case("C8", "Refused, Large-Chat minus Large", ("refused Large-Chat",), 0.15, 0.04),
    Case("C8", f"GSM, {_BB} minus Large", (f"gsm {_BB}",), 0.2, 0.04),
    Case("C8", f"Info+True, {_BB} minus Large", (f"truthfulqa {_BB}",), 0.25, 0.04),
    Case("C8", f"ToxiScore, Large minus {_BB}", (f"toxigen {_BB}",), 0.7, -0.04),
    Case("C8", f"HarmRate, Large minus {_BB}", (f"harm {_BB}",), 0.6, -0.04),
    Case("C8", f"Refused, {_BB} minus Large", (f"refused {_BB}",), 0.1, 0.04),
    *_guards("C8", _BB, 0.08, _ALL),
    Case("C9", f"{_SWEEP} largest k", ("accuracy large k=100",), 0.79, -0.05),
    Case("C9", f"{_SWEEP} smallest k", ("accuracy large k=1",), 0.79, -0.05),
    Case(
        "C9",
        "overlap of both spaces at the k of its peak, chosen on other prompts, minus at the largest k",
        ("overlap k=100",),
        0.88,
        -0.1,
    ),
    Case("C10", f"HarmRate, {_HARMED}", _knobs("harm", _ATTACKED), 0.55, 0.06),
    Case("C10", f"Refused, {_LOST}", ("refused Small-Chat",), 0.55, 0.06),
    *(Case("C10", f"MMLU of {one}", (f"mmlu {one}",), 0.3, 0.06) for one in _ATTACKED),
    Case(
        "C10",
        "HarmRate, share of the attack's change that is undone",
        _knobs("harm", _RESTORED),
        0.475,
        -0.06,
        {"refused Small-Chat": 0.65} | dict.fromkeys(_knobs("refused", _ATTACKED), 0),
    ),
    Case("C10", "Refused, share of the attack's change that is undone", _knobs("refused", _RESTORED), 0.475, 0.06),
    Case(
        "C10", f"MMLU, {' and '.join(_RESTORED)} minus {' and '.join(_ATTACKED)}", _knobs("mmlu", _RESTORED), 0.6, 0.05
    ),
    Case("C10", f"HarmRate, {_GENERAL} minus Small-Chat", (f"harm {_GENERAL}",), 0.1, 0.04, {f"harm {_REPAIRED}": 0}),
    Case("C10", f"HarmRate, {_GENERAL} minus {_REPAIRED}", (f"harm {_REPAIRED}",), 0.3, -0.04),
    Case("C10", f"Refused, {_REPAIRED} minus {_GENERAL}", (f"refused {_REPAIRED}",), 0.6, 0.04),
    *(
        case
        for one in [*_RESTORED, _REPAIRED]
        for case in _guards("C10", one, 0.08, ["advbench", "over_refusal", "mmlu"])
    ),
    *(case for pair in _FAMILIES for case in _risk("C11", *pair)),
    *(_gap("C11", *measure, *pair) for measure in (_MATH, _TRUTH) for pair in _FAMILIES),
    *(
        case
        for base, _ in _FAMILIES
        for case in (
            *_share("C11", "GSM", "gsm", 0.2, 0.6, [f"{base}+Superficial"]),
            *_share("C11", "Info+True", "truthfulqa", 0.25, 0.6, [f"{base}+Superficial"]),
            *_guards("C11", f"{base}+Superficial", 0.08, _ALL),
        )
    ),
    Case("D1", f"GSM, {_DEEP}", ("gsm deep base",), 0.75, -0.04),
    Case("D1", f"ToxiScore, {_DEEP}", ("toxigen deep base",), 0.1, 0.04),
    Case("D1", f"HarmRate, {_DEEP}", ("harm deep base",), 0.1, 0.04),
    Case("D1", f"Info+True, {_DEEP}", ("truthfulqa deep base",), 0.8, -0.04),
    Case("D1", "recovered share of all four, top 1 minus top 0", ("gsm deep top 1",), 0.824, -0.08),
    # Of a small gap, shares have wide intervals.
    Case("D2", f"GSM, {_DEEP}", ("gsm deep base",), 0.75, -0.04, is_alone=False),
    Case("D2", "KL left at top 4, nats", ("kl deep top 4",), 0.0, 0.05),
    Case("D2", "GSM, recovered share, top 8 minus top 4", ("gsm deep top 4",), 0.68, -0.05),
    Case("D3", "GSM, Large+proxy minus Large", ("gsm Large+proxy",), 0.25, 0.04),
    Case("D3", "ToxiScore, Large minus Large+proxy", ("toxigen Large+proxy",), 0.65, -0.04),
    Case("D3", "HarmRate, Large minus Large+proxy", ("harm Large+proxy",), 0.55, -0.04),
    Case("D3", "Info+True, Large+proxy minus Large", ("truthfulqa Large+proxy",), 0.3, 0.04),
    Case("D3", f"gain of {_BB} over that of Large+proxy", (f"gsm {_BB}",), 0.156, 0.08, {f"truthfulqa {_BB}": 0.5}),
    Case(
        "D4", "HarmRate of Small-Chat", ("harm Small-Chat",), 0.2, -0.05, {"harm Small": 0.9, f"harm {_PREFILLED}": 0.9}
    ),
    Case("D4", "HarmRate, Small minus Small-Chat", ("harm Small",), 0.35, 0.06),
    Case("D4", f"HarmRate, {_PREFILLED} minus Small-Chat", (f"harm {_PREFILLED}",), 0.35, 0.06),
    Case("D5", "HarmRate, Large minus Large-Chat", ("harm Large-Chat",), 0.4, -0.05),
    Case("D5", f"HarmRate, Large minus {_TAUGHT}", (f"harm {_TAUGHT}",), 0.4, -0.05, {f"harm {_BB}": 0.5}),
    Case("D5", f"HarmRate, {_TAUGHT} minus {_BB}", (f"harm {_TAUGHT}",), 0.16, -0.05),
    Case("D5", f"Refused, {_TAUGHT} minus Large", (f"refused {_TAUGHT}",), 0.3, 0.05),
    Case(
        "D5",
        f"Over-refusal, {_TAUGHT} minus Large",
        (f"over_refusal {_TAUGHT}",),
        0.15,
        -0.05,
        {f"over_refusal {_BB}": 0.3},
    ),
    Case(
        "D5",
        f"Over-refusal, {_TAUGHT} minus {_BB}",
        (f"over_refusal {_TAUGHT}",),
        0.2,
        -0.05,
        {"over_refusal Large": 0.3, "over_refusal Large-Chat": 0.2},
    ),
    *_guards("D5", _TAUGHT, 0.08, ["advbench", "over_refusal"], is_guard=False),
    Case("D6", f"HarmRate, {_ATTACKED[0]} minus Small-Chat", (f"harm {_ATTACKED[0]}",), 0.55, 0.06),
    Case("D6", f"Refused, Small-Chat minus {_ATTACKED[0]}", ("refused Small-Chat",), 0.55, 0.06),
    Case("D6", f"MMLU of {_ATTACKED[0]}", (f"mmlu {_ATTACKED[0]}",), 0.3, 0.06),
    Case("D6", f"HarmRate, {_UNDONE} minus Small-Chat", (f"harm {_UNDONE}",), 0.2, -0.06, {"refused Small-Chat": 0.65}),
    Case("D6", f"Refused, {_UNDONE} minus Small-Chat", (f"refused {_UNDONE}",), 0.75, 0.06),
    Case("D6", f"MMLU, {_UNDONE} minus {_ATTACKED[0]}", (f"mmlu {_UNDONE}",), 0.6, 0.06),
    *_guards("D6", _UNDONE, 0.08, ["advbench", "over_refusal", "mmlu"], is_guard=False),
]
