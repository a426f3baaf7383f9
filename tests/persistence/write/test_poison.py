"""One message that cannot be stored costs itself, and nothing else of its batch."""

import math
from dataclasses import replace

import pytest

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.links import LinkState
from passagework.domain.measured import Loudness
from passagework.domain.moves import FilePlace
from passagework.domain.tags import ReplayGain, Tags
from passagework.domain.views import FileState
from passagework.persistence.rows.encoded import encode_analysis
from passagework.persistence.write.conflict_free_groups import conflict_free_groups
from passagework.persistence.write.prepare import encoded
from passagework.persistence.write.staging import StagedRows
from passagework.persistence.write.writes import StampFiles, StorePlaces

PATH = b"/music/poison.flac"
HUGE = FileStamp(2**70, 1)

POISON = {
    "text that is not Unicode": lambda make, run: make.store(run, PATH, tags=Tags(title="\udc80")),
    "an integer beyond 64 bits": lambda make, run: make.store(run, PATH, samples=2**70),
    "a stamp beyond 64 bits": lambda make, run: make.store(run, PATH, stamp=HUGE),
    "an attempt on a stamp beyond 64 bits": lambda make, run: make.begin(run, PATH, stamp=HUGE),
    "two passages in one place": lambda make, run: make.store(run, PATH, spans=((0, 5), (0, 5))),
    "a passage that ends before it starts": lambda make, run: make.store(run, PATH, spans=((5, 0),)),
    "text where a number belongs": lambda make, run: make.store(run, PATH, samples="many"),
    "a value that no database knows": lambda make, run: make.store(run, PATH, samples=object()),
    "a number that JSON does not know": lambda make, run: make.store(run, PATH, warnings=(float, "x")),
    "an infinite level": lambda make, run: make.store(run, PATH, loudness=Loudness(-14.0, 5.5, math.inf, -0.75)),
    "a level that no sound has": lambda make, run: make.store(run, PATH, loudness=Loudness(-14.0, 5.5, 1.0, 770.5)),
    "an infinite level of a passage": lambda make, run: make.store(
        run, PATH, passages=(make.passage(0, 60, loudness=Loudness(math.inf, 5.5, 1.0, 1.0)),)
    ),
    "an infinite number in tags": lambda make, run: make.store(
        run, PATH, tags=Tags(replay_gain=ReplayGain(track_gain=math.inf))
    ),
    "a missing value": lambda make, run: make.store(run, PATH, envelope=replace(make.analysis().envelope, hop=None)),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_only_the_culprit_is_rejected(library, make, poison):
    outcome = library.write(
        make.store(library.run, b"/music/a.flac"),
        poison(make, library.run),
        make.fail(library.run, b"/music/b.flac"),
    )
    assert outcome.committed == (0, 2)
    ((index, failure),) = outcome.rejected
    assert (index, failure.code) == (1, FailureCode.LIBRARY_REJECTED)
    assert failure.detail
    assert library.file(b"/music/a.flac").state is FileState.ANALYSED
    assert library.file(b"/music/b.flac").state is FileState.FAILED
    culprit = library.file(PATH)
    assert (culprit.state, culprit.failure, culprit.passages) == (FileState.FAILED, failure, ())
    assert library.rows()["rejection"] == 1


def test_a_rejected_analysis_leaves_what_was_stored_before(library, make):
    library.write(make.store(library.run, PATH))
    before = library.file(PATH)
    library.write(make.store(library.run, PATH, spans=((0, 5), (0, 5)), audio=b"x"))
    after = library.file(PATH)
    assert after.failure.code is FailureCode.LIBRARY_REJECTED
    assert replace(after, state=before.state, failure=None) == before


def test_the_same_poison_again_is_recorded_once(library, make):
    for _ in range(2):
        assert library.write(make.store(library.run, PATH, samples=2**70)).rejected
    assert library.rows()["rejection"] == 1


def test_rejected_links_are_no_longer_waited_for(library, make):
    library.write(make.store(library.run))
    guid = library.passages()[0].guid
    song = replace(make.song(1), mbid="not-an-mbid")
    outcome = library.write(make.store_links(library.run, b"/music/a.flac", make.links(guid, [song])))
    assert [failure.code for _, failure in outcome.rejected] == [FailureCode.LIBRARY_REJECTED]
    assert library.file().state is FileState.ANALYSED
    assert library.passages()[0].link_state is LinkState.FAILED
    assert library.waiting() == ()


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 1e300])
def test_a_decision_from_a_number_that_cannot_be_costs_its_passage_and_no_later_import(library, make, number):
    library.write(make.store(library.run), make.store(library.run, PATH))
    of_number = (Statement(EvidenceSource.ACOUSTID, "recording", make.mbid(1, 1), number),)
    ill, well = (library.passages(path)[0].guid for path in (b"/music/a.flac", PATH))
    outcome = library.write(
        make.store_links(library.run, b"/music/a.flac", make.links(ill, [make.song(1)], evidence=of_number)),
        make.store_links(library.run, PATH, make.links(well, [make.song(2)])),
    )
    assert [index for index, _ in outcome.rejected] == [0]
    assert [library.passages(path)[0].link_state for path in (b"/music/a.flac", PATH)] == [
        LinkState.FAILED,
        LinkState.LINKED,
    ]


def test_messages_of_an_unknown_run_are_rejected(library, make):
    outcome = library.write(make.store(999, PATH), make.store(library.run))
    assert [index for index, _ in outcome.rejected] == [0]
    assert library.file(PATH) is None
    assert library.rows()["rejection"] == 1


def test_messages_of_one_file_keep_their_order_beside_poison(library, make):
    library.write(
        make.begin(library.run, PATH),
        make.store(library.run, PATH, samples=2**70),
        make.store(library.run, PATH, audio=b"good"),
        make.begin(library.run, b"/music/a.flac"),
    )
    assert library.file(PATH).state is FileState.ANALYSED
    assert library.file().state is FileState.BEGUN


def test_a_batch_of_poison_alone_is_durable_too(library, make):
    outcome = library.write(*(make.store(library.run, b"/music/%d" % n, samples=2**70) for n in range(5)))
    assert len(outcome.rejected) == 5
    assert library.rows()["rejection"] == 5


def test_a_rejected_message_keeps_a_device_number_of_64_bits(library, make):
    stamp = FileStamp(7, 1, 2**64 - 1, 99)
    outcome = library.write(make.store(library.run, samples=2**70, stamp=stamp))
    assert [index for index, _ in outcome.rejected] == [0]
    assert library.file().stamp == stamp


def test_a_mark_that_cannot_be_stored_is_the_failure_of_no_file(library, make):
    library.write(make.store(library.run, PATH))
    outcome = library.write(StampFiles(library.run, ((PATH, HUGE),)), make.store(library.run, b"/music/a.flac"))
    assert ([index for index, _ in outcome.rejected], outcome.committed) == ([0], (1,))
    assert library.file(PATH).state is FileState.ANALYSED
    assert library.rows()["rejection"] == 1


def test_places_wait_for_earlier_messages_about_their_file_and_about_what_is_at_them(make):
    stores = [make.store(1, path) for path in (b"/music/a", b"/music/b", b"/music/c")]
    place, gone = FilePlace(b"/music/b", b"/music/a", make.stamp), FilePlace(b"/music/d", None, make.stamp)
    places = StorePlaces(1, (place, gone))
    assert conflict_free_groups([*stores, places]) == [[0, 1, 2], [3]]
    assert conflict_free_groups([places, *stores]) == [[0, 3], [1, 2]]


def test_an_analysis_is_encoded_where_that_was_not_done_before(make):
    analysis = make.analysis()
    once = encode_analysis(analysis)
    assert (encoded(analysis), encoded(once)) == (once, once)


def test_a_row_with_columns_that_its_table_does_not_have_is_a_defect():
    row = dict.fromkeys(("path", "device", "inode", "mounted"))
    StagedRows().add("staged_folder", row)
    for measured, found in (((), row | {"other": None}), ((5,), row)):
        with pytest.raises(ValueError, match="staged_folder has other columns"):
            StagedRows().add("staged_folder", found, measured)
