"""Two halves share no prompt, and together hold every row."""

import pandas as pd

from superficial.measures.halves import halves


def test_prompts_go_by_turns_whatever_their_numbers_and_however_many_rows_they_have():
    rows = pd.DataFrame({"prompt": [7, 3, 3, 12, 20, 7, 12, 12], "value": range(8)})
    one, other = halves(rows, "prompt")
    assert sorted(set(one["prompt"])) == [3, 12]
    assert sorted(set(other["prompt"])) == [7, 20]
    assert sorted([*one["value"], *other["value"]]) == list(range(8))
