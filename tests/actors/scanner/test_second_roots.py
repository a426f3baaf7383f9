"""Roots that are one folder under several names."""

import os

from passagework.actors.scanner.second_roots import second_roots, with_second_roots_last


def test_the_smallest_name_of_a_root_is_its_first_and_is_walked_first(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "c").mkdir()
    for name in ("a", "d"):
        (tmp_path / name).symlink_to(tmp_path / "b")
    a, b, c, d, none = (os.fsencode(tmp_path / name) for name in ("a", "b", "c", "d", "none"))
    assert second_roots((d, c, b, none, a)) == ((a, b), (a, d))
    assert with_second_roots_last((d, c, none, b, a)) == (c, none, a, d, b)
    assert second_roots((c, b, none, b)) == ()


def test_a_root_within_itself_is_no_second_one(tmp_path):
    within = tmp_path / "within"
    within.symlink_to(tmp_path)
    assert second_roots((os.fsencode(tmp_path), os.fsencode(within))) == ()


def test_of_two_names_the_first_is_that_whose_files_come_first_by_path(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m b").symlink_to(tmp_path / "m")
    shorter, longer = os.fsencode(tmp_path / "m"), os.fsencode(tmp_path / "m b")
    assert second_roots((shorter, longer)) == ((longer, shorter),)
