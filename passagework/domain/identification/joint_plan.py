"""What to ask next about many groups at once: nothing twice, and ids that can be searched for together."""

from collections.abc import Iterable, Sequence

from passagework.domain.catalogue import WaitingFile
from passagework.domain.identification.answers import Answers
from passagework.domain.identification.draft import Capabilities
from passagework.domain.identification.plan import next_requests
from passagework.domain.identification.requests import SEARCHED_AT_ONCE, Request, SearchRecordings


def plan_together(
    groups: Iterable[Sequence[WaitingFile]], answers: Answers, capabilities: Capabilities
) -> tuple[Request, ...]:
    """Say what to ask next about these groups; nothing where all of them are ready to be decided.

    Searches for recordings wait until nothing else is left to ask, so that each is as full as it can be.
    """
    wanted = dict.fromkeys(request for group in groups for request in next_requests(group, answers, capabilities))
    others = tuple(request for request in wanted if not isinstance(request, SearchRecordings))
    if others:
        return others
    mbids = dict.fromkeys(mbid for request in wanted if isinstance(request, SearchRecordings) for mbid in request.mbids)
    ids = tuple(mbids)
    return tuple(
        SearchRecordings(ids[first : first + SEARCHED_AT_ONCE]) for first in range(0, len(ids), SEARCHED_AT_ONCE)
    )
