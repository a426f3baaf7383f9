"""Checkpoints of TensorFlow, read without it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.flavor.checkpoint import read_checkpoint
from tests.support.checkpoint_files import checkpoint_of, table_of

ARRAYS = {
    "dense/kernel": np.arange(12, dtype=np.float32).reshape(3, 4),
    "dense/kernel/Adam": np.ones((3, 4), np.float32),
    "dense/bias": np.array([0.5, -1, 2, 1e-9], np.float32),
    "dense_1/bias": np.zeros(300, np.float32),
    "step": np.float32(7).reshape(()),
}
WANTED = frozenset({"dense/kernel", "dense/bias", "dense_1/bias", "step"})


@pytest.mark.parametrize("keys_in_block", [1, 2, 100])
def test_arrays_come_back_as_they_were_written(keys_in_block):
    found = read_checkpoint(*checkpoint_of(ARRAYS, keys_in_block), WANTED)
    assert found.keys() == WANTED
    for name in WANTED:
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], ARRAYS[name], strict=True)


def test_an_array_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="lacks dense/other"):
        read_checkpoint(*checkpoint_of(ARRAYS), WANTED | {"dense/other"})


@pytest.mark.parametrize("keep", [0, 20, 47, 48, 100])
def test_an_index_that_ends_early_is_refused(keep):
    index, data = checkpoint_of(ARRAYS)
    with pytest.raises(ValueError, match="index"):
        read_checkpoint(index[:keep], data, WANTED)


def test_data_that_end_early_are_refused():
    index, data = checkpoint_of(ARRAYS)
    with pytest.raises(ValueError, match="not where its table says"):
        read_checkpoint(index, data[:-1], WANTED)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(b"\x08\x02\x28\x00", id="float64"),
        pytest.param(b"\x08\x01\x18\x01\x28\x04", id="another shard"),
        pytest.param(b"\x08\x01\x12\x07\x12\x05\x08\xff\xff\xff\x7f\x28\x04", id="a size that it only claims"),
        pytest.param(b"\x08\x01\x20" + b"\xff" * 9 + b"\x01\x28\x04", id="an offset far outside"),
        pytest.param(b"\x08\x01\x12\x7f", id="a shape that ends early"),
        pytest.param(b"\x08\x01\x12\x02\x10\x01\x28" + b"\xff" * 20, id="a number without an end"),
        pytest.param(b"\x08\x01\x0b", id="a field of no kind"),
        pytest.param(b"\x08\x01\x12\x02\x10\x02\x28\x08", id="a dimension that is a number"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(entry):
    with pytest.raises(ValueError, match=r"damaged|form"):
        read_checkpoint(table_of([(b"step", entry)]), bytes(4), frozenset({"step"}))


def test_a_compressed_table_is_refused():
    index, data = checkpoint_of(ARRAYS, keys_in_block=100)
    at = index.index(bytes(4) + (1).to_bytes(4, "little")) + 8
    with pytest.raises(ValueError, match="compressed"):
        read_checkpoint(index[:at] + b"\x01" + index[at + 1 :], data, WANTED)


@given(st.data())
def test_damage_anywhere_gives_a_clear_error_or_arrays(data):
    index, numbers = checkpoint_of(ARRAYS, keys_in_block=2)
    damaged = bytearray(index)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(index) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_checkpoint(bytes(damaged), numbers, WANTED)
    except ValueError:
        return
    assert found.keys() == WANTED
