"""Which methods stand beside the paper's heads."""

from superficial.reporting.tables.neighbours import neighbour_rows
from tests.reporting.claims.worlds import LAB


def test_a_head_that_several_bases_taught_stands_beside_the_papers_head_on_the_same_model():
    by_variant = {row.variant: row.variants for row in neighbour_rows(LAB)}
    taught = {name: of for name, of in by_variant.items() if name.endswith("Several")}
    assert {name: (of.base, of.aligned) for name, of in taught.items()} == {
        "Large+Superficial-BB-Several": ("Large", "Large-Chat"),
        "Small-Chat-Attacked+Superficial-BB-Several": ("Small-Chat-Attacked", "Small-Chat"),
    }
    papers = ("Large+Superficial-BB-Small", "Small-Chat-Attacked+Superficial-BB")
    for name, of in taught.items():
        assert any((by_variant[paper].base, by_variant[paper].aligned) == (of.base, of.aligned) for paper in papers), (
            name
        )
    without = LAB.model_copy(update={"several_bases": None})
    assert not [row for row in neighbour_rows(without) if row.variant in taught]
