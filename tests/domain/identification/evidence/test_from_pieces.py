import pytest

from passagework.domain.codes import UnknownCode
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.given_cuts import CutSource, GivenCuts, PieceTags
from passagework.domain.identification.evidence.group_evidence import stated_passages
from passagework.domain.identification.evidence.stated import Stated
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks
from passagework.domain.waiting import WaitingFile, WaitingPassage

ALBUM = Tags(
    title="Whole",
    artist_credit="Band",
    album="Album",
    track_number=9,
    raw=(("ALBUM", ("Album",)), ("ARTIST", ("Band",))),
)
PIECES = (PieceTags(track=3, title="Three", performer="Guest", isrc="USABC9900003"), PieceTags(title="Four"))


def stated(tags, pieces, **given):
    passages = tuple(
        WaitingPassage(f"p{number}", Ticks(number), Ticks(number + 1), piece=piece)
        for number, piece in enumerate(pieces)
    )
    cuts = GivenCuts(pieces=(), **{"source": CutSource.CUE_SHEET, **given})
    return stated_passages([WaitingFile(b"/a", tags, len(pieces), passages, given=cuts)])


def test_a_piece_has_its_own_title_track_and_performer_and_the_album_of_its_file():
    one, other = stated(ALBUM, PIECES)
    assert one.stated == Stated("Three", ("Guest",), "Album", 3, named_by="")
    assert other.stated == Stated("Four", ("Band",), "Album", None, named_by="")


def test_each_statement_names_its_source_and_its_passage():
    one, other = stated(ALBUM, PIECES, source=CutSource.CHAPTERS)
    of_piece = [said for said in one.statements if said.source is EvidenceSource.CHAPTERS]
    assert of_piece == [
        Statement(EvidenceSource.CHAPTERS, "title", "Three", passage="p0"),
        Statement(EvidenceSource.CHAPTERS, "artist", "Guest", passage="p0"),
        Statement(EvidenceSource.CHAPTERS, "track", "3", passage="p0"),
        Statement(EvidenceSource.CHAPTERS, "isrc", "USABC9900003", passage="p0"),
    ]
    assert [said.value for said in other.statements if said.passage is not None] == ["Four"]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (CutSource.CUE_SHEET, EvidenceSource.CUE_SHEET),
        (CutSource.EMBEDDED_SHEET, EvidenceSource.CUE_SHEET),
        (CutSource.CUE_POINTS, EvidenceSource.CUE_POINTS),
        (CutSource.CHAIN, EvidenceSource.TAG_TEXT),
    ],
)
def test_what_completes_the_tags_is_stated_by_the_sheet(source, shown):
    tags = Tags(artist_credit="Band", album="Album", date="1999", disc_number=2, raw=(("ARTIST", ("Band",)),))
    (one,) = stated(tags, PIECES[1:], source=source, album="Album", performer="Band", date="1999", disc=2)
    said = {(said.kind, said.source) for said in one.statements if said.passage is None}
    assert said == {("artist", EvidenceSource.TAG_TEXT), ("album", shown), ("date", shown), ("disc", shown)}


def test_what_a_track_list_says_of_its_pieces_is_no_evidence_and_what_a_sheet_completes_is():
    passage = WaitingPassage("p", Ticks(0), Ticks(1), piece=PIECES[0])
    sheet = GivenCuts(source=CutSource.CUE_SHEET, pieces=(), album="Album")
    (one,) = stated_passages([WaitingFile(b"/a", Tags(album="Album"), 1, (passage,), given=sheet, by_list=True)])
    assert one.statements == (Statement(EvidenceSource.CUE_SHEET, "album", "Album"),)


@pytest.mark.parametrize("source", [CutSource.PERSON, UnknownCode("of a newer version")])
def test_cuts_of_a_person_and_of_a_source_that_only_a_newer_version_knows_state_nothing(source):
    (one,) = stated(Tags(), PIECES[1:], source=source)
    assert one.statements == ()
