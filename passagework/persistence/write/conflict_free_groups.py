"""Split a batch into conflict-free groups: in each group every path occurs once.

Messages about different files commute, so set-based statements, which have no order, can store a group. Messages about
one file keep their order, because each goes into a later group than the previous one. Nearly every batch is one group.
"""

from collections.abc import Sequence
from typing import assert_never

from passagework.persistence.write.writes import (
    BeginAttempt,
    DeferIdentification,
    JoinMoved,
    MarkExcluded,
    MarkMissing,
    MarkPresent,
    MoveFiles,
    SeeFolders,
    StampFiles,
    StoreAnalysis,
    StoreAnswers,
    StoreFailure,
    StoreLinks,
    StorePlaces,
    StoreRedone,
    StoreTags,
    StoreTrackList,
    Write,
)


def paths_of(write: Write) -> tuple[bytes, ...]:  # noqa: PLR0911 - one for each kind of message
    """Return the paths of the files that a message is about."""
    match write:
        case BeginAttempt(path=path) | StoreFailure(path=path):
            return (path,)
        case StoreTrackList(path=path) | DeferIdentification(path=path):
            return (path,)
        case StoreAnalysis(analysis=about) | StoreTags(tags=about) | StoreLinks(links=about):
            return (about.path,)
        case MoveFiles(moves=moves):
            return tuple(path for move in moves for path in (move.source, move.target))
        case StorePlaces(places=places):
            return tuple(path for place in places for path in (place.path, place.of) if path is not None)
        case MarkMissing(paths=paths) | MarkPresent(paths=paths) | MarkExcluded(paths=paths):
            return paths
        case StoreRedone(files=files):
            return tuple(file.path for file in files)
        case StampFiles(files=named) | SeeFolders(folders=named):
            return tuple(one[0] for one in named)
        case StoreAnswers() | JoinMoved():
            return ()
        case _:
            assert_never(write)


def conflict_free_groups(writes: Sequence[Write]) -> list[list[int]]:
    """Return the indexes of the messages by group, in order within each group.

    Answers of services are about no file and commute with everything.
    """
    groups: list[list[int]] = []
    next_group: dict[bytes, int] = {}
    for index, write in enumerate(writes):
        paths = paths_of(write)
        # Marks have many paths: the group must be later than the previous message of each.
        group = max((next_group.get(path, 0) for path in paths), default=0)
        if isinstance(write, JoinMoved):
            # It looks at what all others have stored.
            group = len(groups)
        if group == len(groups):
            groups.append([])
        groups[group].append(index)
        next_group.update(dict.fromkeys(paths, group + 1))
    return groups
