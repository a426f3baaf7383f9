"""What a decision about a passage keeps when it is made provisional."""

from dataclasses import replace

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import CandidateRow, Doubt, LinkState, PassageLinks
from passagework.domain.music import Album, AlbumPlace, Song, SongSpan
from passagework.domain.units import Ticks
from tests.support.distinct import Distinct


def test_a_provisional_decision_keeps_everything_else():
    links = PassageLinks(
        passage=Guid("0"),
        state=LinkState.PROPOSAL,
        songs=(SongSpan(Song(Mbid("1"), "2", (), ()), Ticks(3), Ticks(4)),),
        album=AlbumPlace(Album(Mbid("5"), "6", None, None, ()), 7, 8),
        evidence=(Statement(EvidenceSource.TAG_TEXT, "9", "10"),),
        reason="11",
        candidates=(Distinct(1).of(CandidateRow),),
        confidence=0.25,
        weights="12",
        doubts=frozenset(Doubt),
        retry_ns=13,
    )
    assert links.until(14) == replace(links, retry_ns=14)
