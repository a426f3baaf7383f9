"""Decide what the passages of a file are as soon as it is analysed, from its tags alone."""

from passagework.domain.analysis import FileAnalysis
from passagework.domain.given_cuts import CutSource
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.linking.links import identify
from passagework.domain.identification.linking.provisional import provisional
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.ids import Guid
from passagework.domain.links import PassageLinks
from passagework.domain.waiting import WaitingFile, WaitingPassage

NO_SERVICE = Capabilities(acoustid=False, musicbrainz=False, search=False, works=False)


def links_of_tags(analysis: FileAnalysis) -> tuple[PassageLinks, ...]:
    """Return a decision for each passage, in order, as the linker makes it when it can ask no service.

    What a person decided is not known here. The library stores no decision that contradicts it, so such a passage
    waits, and the linker decides about it. The passages have no guids yet; their numbers take the place.
    """
    passages = tuple(
        WaitingPassage(Guid(str(number)), one.start, one.end, piece=one.piece)
        for number, one in enumerate(analysis.passages)
    )
    file = WaitingFile(
        analysis.path,
        analysis.tags,
        len(passages),
        passages,
        given=analysis.given,
        by_list=analysis.cut_by is CutSource.TRACK_LIST,
    )
    decided = identify((file,), build_evidence((file,)), None)
    return tuple(links for one in decided for links in provisional(one, NO_SERVICE, 0).passages)
