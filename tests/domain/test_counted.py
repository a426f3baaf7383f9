"""Numbers of things, as people say them."""

from passagework.domain.counted import counted


def test_one_thing_is_no_plural_and_none_is():
    assert [counted(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert [counted(number, "batch", "batches") for number in (0, 1, 2)] == ["0 batches", "1 batch", "2 batches"]
