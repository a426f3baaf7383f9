"""The next requests for many groups: nothing twice, and as many ids as possible in one search."""

from collections.abc import Iterable

from passagework.domain.identification.planning.requests import (
    SEARCHED_AT_ONCE,
    Request,
    SearchedRecording,
    SearchRecordings,
    questions_of,
)


def together(requests: Iterable[Request], without: frozenset[str] = frozenset()) -> tuple[Request, ...]:
    """Merge requests: each once, and ids in as few searches as possible.

    Searches for recordings wait until nothing else is left to ask, so that each search is as full as possible.
    ``without`` are the keys of questions that are not asked again; while such questions are pending, searches wait too.
    """
    wanted = tuple(dict.fromkeys(requests))
    others = tuple(request for request in wanted if not isinstance(request, SearchRecordings))
    if others:
        return tuple(request for request in others if request.key not in without)
    parts = dict.fromkeys(part for request in wanted for part in questions_of(request))
    ids = tuple(part.mbid for part in parts if isinstance(part, SearchedRecording) and part.key not in without)
    return tuple(
        SearchRecordings(ids[first : first + SEARCHED_AT_ONCE]) for first in range(0, len(ids), SEARCHED_AT_ONCE)
    )
