"""What the library has more than once, and the best copy of each."""

import pytest

from passagework.domain.analysis import AudioFormat, Damage
from passagework.domain.duplicates import LeaveOut, Sameness
from passagework.domain.edits import Edit
from passagework.persistence.read.queries import ListDuplicates, WorseCopies
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.write.writes import MarkMissing

FORMS = {
    "hi-res": (AudioFormat("flac", "flac", 96_000, 2, 2_000_000), Damage()),
    "wav": (AudioFormat("wav", "pcm_s16le", 44_100, 2, 1_411_200), Damage()),
    "flac": (AudioFormat("flac", "flac", 44_100, 2, 900_000), Damage()),
    "damaged flac": (AudioFormat("flac", "flac", 44_100, 2, 900_000), Damage(bad_packets=1)),
    "lacking flac": (AudioFormat("flac", "flac", 44_100, 2, 900_000), Damage(missing_samples=9)),
    "320": (AudioFormat("mp3", "mp3", 44_100, 2, 320_000), Damage()),
    "320 at 32": (AudioFormat("mp3", "mp3", 32_000, 2, 320_000), Damage()),
    "128": (AudioFormat("mp3", "mp3", 48_000, 2, 128_000), Damage()),
    "alaw": (AudioFormat("wav", "pcm_alaw", 44_100, 2, 64_000), Damage()),
}


@pytest.fixture
def store(library, make):
    """Give a function that imports a file; one letter is its audio, another its content."""

    def store_(name, audio, content=None, *, song=None, form="flac", spans=((0, 60),)):
        path = b"/music/" + name.encode()
        format_, damage = FORMS[form]
        hashes = {"audio_hash": b"h" * 31 + audio, "content_hash": b"c" * 31 + (content or name[:1].encode())}
        library.write(make.store(library.run, path, spans, format=format_, damage=damage, **hashes))
        passages = library.passages(path)
        if song is not None:
            library.write(make.store_links(library.run, path, make.links(passages[0].guid, [make.song(song)])))
        return path

    return store_


def groups(library):
    return [(one.sameness, [copy.path[7:].decode() for copy in one.copies]) for one in library.ask(ListDuplicates())]


def left(library, leave_out):
    worse = library.ask(WorseCopies(leave_out))
    names = {
        row[0]: row[1]
        for row in library.connection.execute(
            "SELECT p.guid, f.path FROM passage AS p JOIN file AS f ON f.id = p.file_id"
        )
    }
    return sorted(path[7:].decode() for guid, path in names.items() if guid not in worse)


def test_each_group_is_told_as_close_as_it_is_the_same_and_once(library, store):
    store("b", b"1", b"x")
    store("a", b"1", b"x")
    store("c", b"2", song=1)
    store("d", b"2", song=1)
    store("e", b"3", song=1)
    store("f", b"4", song=2)
    store("g", b"4", song=2)
    store("alone", b"5", song=3)
    assert groups(library) == [
        (Sameness.BYTES, ["a", "b"]),
        (Sameness.AUDIO, ["c", "d"]),
        (Sameness.AUDIO, ["f", "g"]),
        (Sameness.RECORDING, ["c", "d", "e"]),
    ]
    assert left(library, LeaveOut.NONE) == ["a", "alone", "b", "c", "d", "e", "f", "g"]
    assert left(library, LeaveOut.AUDIO) == ["a", "alone", "c", "e", "f"]
    assert left(library, LeaveOut.RECORDING) == ["a", "alone", "c", "f"]


def test_the_best_is_lossless_then_of_the_highest_rate_then_whole_then_first_by_path(library, store):
    for number, form in enumerate(sorted(FORMS)):
        store(f"{number} {form}", str(number).encode(), song=1, form=form)
    store("9 flac", b"9", song=1, form="flac")
    ((_, found),) = groups(library)
    assert [name[2:] for name in found] == [
        *("hi-res", "flac", "wav", "flac", "lacking flac", "damaged flac"),
        *("320", "320 at 32", "128", "alaw"),
    ]
    assert left(library, LeaveOut.RECORDING) == [found[0]]


def test_what_cannot_be_played_is_no_copy_and_lets_the_others_stay(library, store):
    best, other = store("a", b"1", b"x", form="hi-res"), store("b", b"1", b"x")
    guid = library.passages(best)[0].guid
    apply_edits(library.connection, (Edit(guid, "approval", "rejected"),), 1)
    assert (groups(library), library.ask(WorseCopies(LeaveOut.RECORDING))) == ([], frozenset())
    apply_edits(library.connection, (Edit(guid, "approval", None),), 1)
    assert left(library, LeaveOut.AUDIO) == ["a"]
    library.write(MarkMissing(library.run, (best,)))
    assert left(library, LeaveOut.AUDIO) == ["a", other[7:].decode()]


def test_passages_of_the_same_span_are_compared_and_not_their_files(library, store):
    store("a", b"1", b"x", spans=((0, 29), (30, 60)))
    store("b", b"1", b"x", spans=((0, 29), (31, 60)))
    assert groups(library) == [(Sameness.BYTES, ["a", "b"])]
    assert left(library, LeaveOut.AUDIO) == ["a", "a", "b"]


def test_a_passage_of_several_songs_is_no_copy_of_one_of_them(library, make, store):
    medley = store("a", b"1")
    guid = library.passages(medley)[0].guid
    library.write(make.store_links(library.run, medley, make.links(guid, [make.song(1), make.song(2)])))
    store("b", b"2", song=1)
    assert groups(library) == []
    assert left(library, LeaveOut.RECORDING) == ["a", "b"]


def test_a_piece_that_a_file_has_twice_is_told(library, make, store):
    path = store("a", b"1", spans=((0, 29), (30, 60)))
    both = (make.links(passage.guid, [make.song(1)]) for passage in library.passages(path))
    library.write(make.store_links(library.run, path, *both))
    assert groups(library) == [(Sameness.RECORDING, ["a", "a"])]


def test_a_copy_is_told_with_its_codec_rates_and_damage(library, store):
    store("a", b"1", b"x", form="flac")
    store("b", b"1", b"x", form="damaged flac")
    (found,) = library.ask(ListDuplicates())
    assert [
        (one.codec, one.lossless, one.sample_rate, one.bit_rate, one.bad_packets, one.missing_samples)
        for one in found.copies
    ] == [("flac", True, 44_100, 900_000, 0, 0), ("flac", True, 44_100, 900_000, 1, 0)]
