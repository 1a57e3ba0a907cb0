"""How many positions are read at a time: as many as 256 MiB of logits, at least one."""

from superficial.traces.chunks import positions_at_once


def test_positions_fill_256_mib_of_float32_logits():
    assert positions_at_once(2**16, 10_000) == 2**20 * 256 // 4 // 2**16 == 1024
    assert positions_at_once(2**16, 1000) == 1000
    assert positions_at_once(2**26, 10) == positions_at_once(2**27, 10) == 1
    assert positions_at_once(2**25, 10) == 2
    assert positions_at_once(3, 2**30) == 22_369_621, "268,435,456 bytes hold no part of a position"
