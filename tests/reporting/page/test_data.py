"""Data files hold the same values whatever they are, and numbers are packed without loss."""

import base64
import json
import struct

import numpy as np
import pytest

from superficial.reporting.page.data import Numbering, embedded, finite, packed
from tests.reporting.planted import HOSTILE


@pytest.mark.parametrize("text", HOSTILE)
def test_embedded_json_is_the_same_value_and_ends_no_script(text):
    found = str(embedded({text: [text]}))
    assert not set("<>&\u2028\u2029") & set(found)
    assert json.loads(found) == {text: [text]}


def test_embedded_refuses_what_json_cannot_say():
    with pytest.raises(ValueError, match="JSON"):
        embedded([float("nan")])


def test_a_score_that_is_missing_is_null():
    assert finite(np.float64("nan")) is None
    assert finite(np.float64(0.5)) == 0.5


def test_packing_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="65537 different tokens"):
        packed(np.array([[65536]]), np.array([[0.5]]))


def test_packed_tokens_and_probabilities_are_read_back():
    tokens, probabilities = np.array([[1, 65535], [0, 2]]), np.array([[0.5, 0.25], [1.0, 0.0]])
    pairs = list(struct.iter_unpack("<HH", base64.b64decode(packed(tokens, probabilities))))
    assert [token for token, _ in pairs] == [1, 65535, 0, 2]
    assert [steps / 65535 for _, steps in pairs] == pytest.approx([0.5, 0.25, 1, 0], abs=1e-5)


def test_equal_values_share_a_number():
    numbering = Numbering()
    assert [numbering.number(value) for value in ("b", "a", "b")] == [0, 1, 0]
    assert numbering.values() == ["b", "a"]
