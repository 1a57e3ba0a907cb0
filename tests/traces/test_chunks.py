"""How many positions are read at a time: as many as 64 MiB of logits, at least one."""

from superficial.traces.chunks import positions_at_once


def test_positions_fill_64_mib_of_float32_logits():
    assert positions_at_once(2**16, 10_000) == 2**20 * 64 // 4 // 2**16 == 256
    assert positions_at_once(2**16, 200) == 200
    assert positions_at_once(2**24, 10) == positions_at_once(2**25, 10) == 1
    assert positions_at_once(2**23, 10) == 2
    assert positions_at_once(3, 2**30) == 5_592_405, "67,108,864 bytes hold no part of a position"
