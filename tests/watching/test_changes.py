"""What a run is to look at: folders, and folders with all below them."""

import pytest

from passagework.domain.scan_scope import ScanPart
from passagework.watching.changes import MOST_PARTS, Changes


@pytest.fixture
def changes():
    return Changes()


def test_folders_are_taken_once_in_order(changes):
    assert not changes
    for folder in (b"/m/b", b"/m/a", b"/m/b"):
        changes.in_folder(folder)
    changes.below(b"/m/c")
    assert changes
    assert changes.take() == (
        ScanPart(b"/m/a", below=False),
        ScanPart(b"/m/b", below=False),
        ScanPart(b"/m/c", below=True),
    )
    assert not changes
    assert changes.take() == ()


def test_what_is_below_a_folder_that_is_looked_through_is_no_part_of_its_own(changes):
    for tree in (b"/m/a", b"/m/a/b", b"/m/ab"):
        changes.below(tree)
    for folder in (b"/m/a", b"/m/a/c/d", b"/m", b"/m/ac"):
        changes.in_folder(folder)
    assert changes.take() == (
        ScanPart(b"/m", below=False),
        ScanPart(b"/m/a", below=True),
        ScanPart(b"/m/ab", below=True),
        ScanPart(b"/m/ac", below=False),
    )


def test_the_root_of_the_system_is_above_everything(changes):
    changes.below(b"/")
    changes.in_folder(b"/m")
    assert changes.take() == (ScanPart(b"/", below=True),)


def test_everything_needs_no_parts(changes):
    changes.in_folder(b"/m/a")
    changes.everywhere()
    changes.below(b"/m/b")
    assert changes.take() is None
    assert not changes


def test_more_parts_than_are_worth_it_are_everything(changes):
    for number in range(MOST_PARTS):
        changes.in_folder(b"/m/%d" % number)
    assert len(changes.take()) == MOST_PARTS
    for number in range(MOST_PARTS + 1):
        changes.in_folder(b"/m/%d" % number)
    assert changes.take() is None


@pytest.mark.parametrize("parts", [None, (), (ScanPart(b"/m/a", below=False), ScanPart(b"/m/b", below=True))])
def test_what_a_run_has_not_done_is_taken_again(changes, parts):
    changes.put_back(parts)
    assert changes
    assert changes.take() == parts


def test_links_alone_need_a_run_without_folders(changes):
    changes.links()
    assert changes
    assert changes.take() == ()
    assert not changes
