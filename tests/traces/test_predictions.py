"""The viewer's most likely tokens against sorted probabilities."""

import pandas as pd
import torch

from superficial.traces.predictions import predictions_table, top_predictions
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
            order = probabilities.argsort(descending=True)[:3]
            assert columns[f"{model}_tokens"][i].tolist() == order.tolist()
            torch.testing.assert_close(columns[f"{model}_probabilities"][i], probabilities[order])
        target = int((pair.aligned.weight @ trace.aligned_hidden[i]).argmax())
        student_order = (student.weight @ trace.base_hidden[i]).argsort(descending=True).tolist()
        assert columns["target_rank_superficial"][i] == student_order.index(target) + 1
    texts = [f"<{token}>" for token in range(48)]
    ids = pd.Series([f"question {i}" for i in range(200)])
    table = predictions_table(pair, lambda hidden, logits: student.logits(hidden), trace, 3, texts, ids)
    assert table["question_id"].tolist() == [f"question {i}" for i in trace.prompt.tolist()]
    assert table["token"].tolist() == [texts[token] for token in trace.token.tolist()]
    assert table["base_tokens"][0] == [texts[token] for token in columns["base_tokens"][0].tolist()]
