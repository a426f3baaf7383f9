"""Which files that appeared may be ones that are gone. Folders and files are real; what the library knows is told."""

import os
from dataclasses import replace

import pytest

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.moves import MoveClaims
from passagework.actors.scanner.numbers import FileNumbers
from passagework.actors.scanner.recognition import Alike
from passagework.domain.files import FileStamp
from passagework.domain.known_content import KnownContent
from passagework.domain.views import FileState, KnownPlace


@pytest.fixture
def claims(tmp_path):
    return MoveClaims(FileNumbers((os.fsencode(tmp_path),), lambda _root: (), tmp_path / "no table of mounts"))


@pytest.fixture
def appeared(tmp_path):
    """Give a function that makes a file; all have one content and mtime."""

    def appear(name):
        (path := tmp_path / name).write_bytes(b"x")
        os.utime(path, ns=(0, 5_000_000_001))
        return FileInHand(run=7, path=os.fsencode(path), stamp=FileStamp.of(path.stat()))

    return appear


def known_at(path, file, **changes):
    """Make what the library knows at a path: the content of a file, under another inode."""
    stamp = replace(file.stamp, **{"inode": file.stamp.inode + 1_000_000, **changes})
    content = KnownContent(
        guid="guid", path=os.fsencode(path), size=stamp.size, content_hash=b"c" * 32, audio_hash=b"h" * 32
    )
    return KnownPlace(
        "guid", os.fsencode(path), stamp, content, FileState.ANALYSED, transient=False, analysis_version=1
    )


def decided(claims):
    return claims.decide(lambda _place: False, (), (), {})


def test_a_copy_of_a_file_whose_disk_is_not_there_is_a_new_file(claims, appeared, tmp_path):
    file = appeared("new.flac")
    away = known_at(tmp_path / "disk" / "album" / "a.flac", file, device=file.stamp.device + 1)
    assert not claims.keep(file, (away,))
    assert claims.keep(file, (known_at(tmp_path / "album" / "a.flac", file),))


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_copy_of_a_file_that_was_written_again_is_a_new_file(claims, appeared, tmp_path, earlier):
    file, _again = appeared("new.flac"), appeared("a.flac")
    # A nanosecond earlier is stored of a file that was read in the moment in which it was written.
    known = known_at(tmp_path / "a.flac", file, mtime_ns=file.stamp.mtime_ns - earlier)
    assert not claims.keep(file, (known,))
    os.utime(tmp_path / "a.flac", ns=(0, 9_000_000_001))
    assert claims.keep(file, (known,))


def test_of_several_files_that_may_be_one_that_is_gone_none_is(claims, appeared, tmp_path):
    one, other = appeared("1.flac"), appeared("2.flac")
    gone = known_at(tmp_path / "gone.flac", one)
    assert claims.keep(one, (gone,))
    assert [file.known for file in decided(claims).analyze] == [gone.content]
    assert claims.keep(other, (gone,))
    found = decided(claims)
    assert (found.analyze, found.moves, found.undecided) == ((one, other), (), frozenset())


def test_with_another_suffix_a_file_is_compared_by_its_audio_alone(claims, appeared, tmp_path):
    gone = known_at(tmp_path / "gone.mp3", file := appeared("1.flac"))
    assert claims.keep(file, (gone,))
    (found,) = decided(claims).analyze
    assert found.known == replace(gone.content, content_hash=b"")


def test_files_are_alike_whose_time_is_the_same_or_a_nanosecond_earlier(appeared, tmp_path):
    file = appeared("new.flac")
    times = [file.stamp.mtime_ns + difference for difference in (-2, -1, 0, 1)]
    known = [known_at(tmp_path / f"{number}.flac", file, mtime_ns=time) for number, time in enumerate(times)]
    assert Alike(known).of(file.stamp) == known[1:3]
