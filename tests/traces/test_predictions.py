"""The viewer's most likely tokens against sorted probabilities."""

import pandas as pd
import torch

from superficial.traces.predictions import predictions_table, top_predictions
from tests.support.rounding import assert_rank, assert_rows_close
from tests.support.tiny_models import head_only_pair


def test_the_most_likely_tokens_are_those_of_sorted_probabilities():
    pair, _, trace = head_only_pair()
    torch.manual_seed(4)
    student = pair.base.with_residual(0.1 * torch.randn_like(pair.base.weight))
    columns = top_predictions(pair, lambda hidden, logits: student.logits(hidden), trace, 3)
    heads = {"base": pair.base, "aligned": pair.aligned, "superficial": student}
    for i in range(0, len(trace), 5):
        for model, head in heads.items():
            hidden = trace.aligned_hidden[i] if model == "aligned" else trace.base_hidden[i]
            probabilities = (head.weight @ hidden).softmax(0)
            tokens = columns[f"{model}_tokens"][i]
            for rank, token in enumerate(tokens.tolist(), 1):
                assert_rank(head.weight @ hidden, token, rank)
            assert_rows_close(columns[f"{model}_probabilities"][i], probabilities[tokens])
        target = int((pair.aligned.weight @ trace.aligned_hidden[i]).argmax())
        student_logits = student.weight @ trace.base_hidden[i]
        assert_rank(student_logits, target, int(columns["target_rank_superficial"][i]))
    texts = [f"<{token}>" for token in range(48)]
    ids = pd.Series([f"question {i}" for i in range(200)])
    table = predictions_table(pair, lambda hidden, logits: student.logits(hidden), trace, 3, texts, ids)
    assert table["question_id"].tolist() == [f"question {i}" for i in trace.prompt.tolist()]
    assert list(table)[:2] == ["question_id", "position"]
    assert table["token"].tolist() == [texts[token] for token in trace.token.tolist()]
    assert table["base_tokens"][0] == [texts[token] for token in columns["base_tokens"][0].tolist()]
    all_tokens = top_predictions(pair, lambda hidden, logits: logits, trace.select(slice(2)), 100)
    for model in heads:
        assert all_tokens[f"{model}_tokens"].sort().values.tolist() == [list(range(48))] * 2
