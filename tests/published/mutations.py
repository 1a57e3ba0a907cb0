"""The paper's numbers without its three contradictions, and with single errors."""

from fractions import Fraction

from repro.engine.paths import PAPER
from superficial.published.numbers import Published, load_published

PRINTED = load_published(PAPER / "published.yaml")
UNITS = {name: Fraction(1, 10**column.decimals) for name, column in PRINTED.columns.items()}


def corrected() -> Published:
    """The paper with its three wrong changes set right, so that any contradiction is the mutation's."""
    content = PRINTED.model_dump()
    content["tables"]["table1"]["7B+LIMA"]["changes"]["toxi_score"] = 0.09
    for row in ("Qwen-Instruct", "Qwen+Superficial"):
        content["tables"]["table6"][row]["changes"]["harm_score"] = -1.20
    return Published.model_validate(content)


TRUE = corrected()
NUMBERS = list(TRUE.numbers())


def mutated(number, units: int) -> Published:
    """The paper with one number that many last digits away."""
    content, place = TRUE.model_dump(), number.place
    if place.kind in ("value", "change"):
        cells = content["tables"][place.where][place.row][place.kind + "s"]
        cells[place.column] = float(Fraction(str(cells[place.column])) + units * UNITS[place.column])
    elif place.kind == "share":
        content["shares"][place.row]["percent"] += units
    elif place.kind == "repeated":
        (one,) = [
            r
            for r in content["repeated"]
            if (f"text, {r['claim']}", r["row"], r["column"]) == (place.where, place.row, place.column)
        ]
        one["value"] = float(Fraction(str(one["value"])) + units * UNITS[place.column])
    elif place.kind == "questions":
        content["columns"][place.column]["questions"] += units
    else:
        content["setup"][place.row]["value"] += units
    return Published.model_validate(content)
