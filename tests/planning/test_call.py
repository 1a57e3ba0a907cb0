"""The time of a call, against hand-computed cases on a card with round numbers."""

import pytest

from superficial.models.batches import LARGEST_BATCH
from superficial.planning.call import CallPlan, GenerationPlan
from superficial.planning.rates import Assumptions, Card
from superficial.planning.sizes import token_operations
from tests.planning.test_sizes import TINY

CARD = Card(memory_gigabytes=1, bfloat16_teraflops=2, float32_teraflops=1, bandwidth_gigabytes=4)
ASSUMPTIONS = Assumptions(
    matmul_share=0.5,
    bandwidth_share=0.25,
    layer_milliseconds=2,
    load_gigabytes_per_second=1,
    characters_per_token=3.5,
)


def test_every_part_of_a_call_takes_its_time():
    def seconds(**parts: float) -> float:
        return CallPlan("distil", "x", **parts).seconds(CARD, ASSUMPTIONS)

    assert seconds(operations=3e12) == 3
    assert seconds(operations=3e12, float32_operations=1e12) == 2 + 2
    assert seconds(moved_bytes=5e9) == 5
    assert seconds(loaded_bytes=7e9) == 7
    assert seconds(operations=3e12, moved_bytes=5e9, loaded_bytes=7e9) == 15
    assert seconds(download_bytes=1e12, disk_bytes=1e12, host_bytes=1e12) == 0


def test_small_models_generate_at_the_speed_at_which_kernels_start():
    generation = GenerationPlan(TINY, "float32", LARGEST_BATCH + 1, 10, 30, 20)
    reading = generation.prompts * 10 * token_operations(TINY, 5) / (0.5 * 2e12)
    # Two batches of 20 steps through three layers.
    assert generation.seconds(CARD, ASSUMPTIONS) == pytest.approx(reading + 2 * 20 * 3 * 2e-3)


def test_large_batches_generate_at_the_speed_at_which_memory_is_read():
    generation = GenerationPlan(TINY, "float32", 4, 10, 30, 20, extra_bytes=0.1e9)
    fast_start = ASSUMPTIONS.model_copy(update={"layer_milliseconds": 1e-6})
    moved = generation.weight_bytes + 0.1e9 + 4 * generation.cache_bytes * (10 + 20 / 2)
    reading = 4 * 10 * token_operations(TINY, 5) / (0.5 * 2e12)
    assert generation.seconds(CARD, fast_start) == pytest.approx(reading + 20 * moved / (0.25 * 4e9))


def test_generation_is_part_of_a_call_and_counted_once():
    generation = GenerationPlan(TINY, "float32", 4, 10, 30, 20)
    call = CallPlan("evaluate", "x", operations=generation.operations, generations=(generation,))
    assert call.seconds(CARD, ASSUMPTIONS) == pytest.approx(generation.seconds(CARD, ASSUMPTIONS))


def test_no_prompts_take_no_time():
    assert GenerationPlan(TINY, "float32", 0, 10, 30, 20).seconds(CARD, ASSUMPTIONS) == 0


def test_a_black_box_head_on_the_card_leaves_room_for_fewer_prompts():
    alone, with_head = (GenerationPlan(TINY, "float32", 500, 10, 10_000, 20, extra_bytes=b) for b in (0.0, 0.8e9))
    assert 1 < with_head.batch_size(CARD) < alone.batch_size(CARD) <= LARGEST_BATCH
