"""Decisions that are made with the analysis are those of the linker when it can ask no service."""

from dataclasses import replace

import pytest

from passagework.actors.linker.identification_round import IdentificationRound
from passagework.actors.linker.round_writes import RoundWrites
from passagework.domain.identification.linking.at_once import NO_SERVICE, links_of_tags
from passagework.domain.tags import Tags
from passagework.domain.waiting import WaitingFile, WaitingPassage
from tests.support.library import Maker

RECORDING, RELEASE = (Maker.mbid(kind, 7) for kind in (1, 4))


@pytest.mark.parametrize(
    "tags",
    [
        Tags(),
        Tags(title="T", artist_credit="A"),
        Tags(title="T", recording_ids=(RECORDING,), release_id=RELEASE, album="L", artist_ids=(Maker.mbid(2, 1),)),
    ],
)
@pytest.mark.parametrize("spans", [((0, 9),), ((0, 9), (10, 19))])
def test_they_are_what_the_linker_decides(tags, spans):
    analysis = Maker.analysis(b"/music/a.flac", spans, tags=tags)
    passages = tuple(
        WaitingPassage(f"guid {number}", one.start, one.end) for number, one in enumerate(analysis.passages)
    )
    waiting = WaitingFile(analysis.path, tags, len(passages), passages, revision=3)
    writes = RoundWrites(run=1, as_of_ns=5, now_ns=6, services_know_more_ns=7, capabilities=NO_SERVICE)
    ((of_linker,),) = [writes.of(end) for end in IdentificationRound([(waiting,)], NO_SERVICE).ended()]
    named = [replace(one, passage=f"guid {number}") for number, one in enumerate(links_of_tags(analysis))]
    assert tuple(named) == of_linker.links.passages
