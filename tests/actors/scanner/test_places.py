"""What becomes of a file with several places, as the end of a walk decides it. Folders and files are real."""

import os
from dataclasses import replace

import pytest

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.numbers import FileNumbers
from passagework.actors.scanner.places import Ground, PlaceClaims, Places, decide_groups, decide_unlisted
from passagework.domain.files import FileStamp
from passagework.domain.moves import FileMove, FilePlace
from passagework.domain.views import FileState, KnownPlace


@pytest.fixture
def linked(tmp_path):
    """Make a file with two names, of which the second is known; give both as the walk finds them."""
    (second := tmp_path / "b.flac").write_bytes(b"x")
    os.link(second, first := tmp_path / "a.flac")
    stamp = FileStamp.of(second.stat())
    return [FileInHand(run=7, path=os.fsencode(path), stamp=stamp) for path in (first, second)]


def known_at(path, stamp):
    return KnownPlace("guid", path, stamp, None, FileState.ANALYSED, transient=False, analysis_version=1)


def decided(tmp_path, files, known):
    claims = PlaceClaims(FileNumbers((os.fsencode(tmp_path),), lambda _root: (), tmp_path / "no table of mounts"))
    for file in files:
        assert claims.keep(file)
    ground = Ground(
        at={known.path: known},
        like=lambda stamp: (known,) if known.stamp.same_content_as(stamp) else (),
        targets={},
        unlisted=(),
        counts=lambda _path, _row: True,
        is_alias=lambda _path: False,
        is_held=lambda _path: False,
        is_found=lambda _row: False,
    )
    decide_groups(claims, claims.groups, ground, found := Places())
    return found


def test_a_file_that_moves_and_has_changed_has_its_former_stamp_until_it_is_read(tmp_path, linked):
    first, second = linked
    before = replace(second.stamp, mtime_ns=1, ctime_ns=2)
    found = decided(tmp_path, linked, known_at(second.path, before))
    (move,) = found.moves
    assert move == FileMove(guid="guid", source=second.path, target=first.path, stamp=before)
    assert [(file.path, file.stamp) for file in found.analyze] == [(first.path, first.stamp)]


def test_one_that_has_not_changed_has_the_stamp_of_now(tmp_path, linked):
    first, second = linked
    found = decided(tmp_path, [first], known_at(second.path, replace(second.stamp, ctime_ns=2)))
    (move,) = found.moves
    assert (move.target, move.stamp.ctime_ns, found.analyze) == (first.path, first.stamp.ctime_ns, [])


@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_that_is_listed_at_its_other_place_alone_moves_there_and_keeps_its_path_if_it_is_there(
    tmp_path, linked, is_there
):
    other, file = linked
    if not is_there:
        os.unlink(file.path)
    row = replace(known_at(file.path, file.stamp), places=(other.path,))
    claims = PlaceClaims(FileNumbers((os.fsencode(tmp_path),), lambda _root: (), tmp_path / "no table of mounts"))
    ground = Ground(
        at={},
        like=lambda _stamp: (),
        targets={},
        unlisted=(file.path,),
        counts=lambda _path, _row: True,
        is_alias=lambda path: path == file.path,
        is_held=lambda _path: False,
        is_found=lambda _row: False,
    )
    decide_unlisted(claims, (row,), ground, found := Places())
    assert [(move.source, move.target) for move in found.moves] == [(file.path, other.path)]
    assert found.places == ([FilePlace(file.path, other.path, file.stamp)] if is_there else [])
    assert (found.settled, found.taken) == ({file.path}, {other.path})
