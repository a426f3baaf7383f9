"""Cut a batch into waves in which each path occurs once.

Messages of different files commute, so a wave may be stored by statements that know no order; messages of one file
keep theirs, because each goes into a later wave than the one before it. Nearly every batch is a single wave.
"""

from collections.abc import Sequence

from passagework.persistence.write.writes import (
    BeginAttempt,
    DeferIdentification,
    MarkMissing,
    MarkPresent,
    StoreAnalysis,
    StoreAnswers,
    StoreFailure,
    StoreLinks,
    Write,
)


def paths_of(write: Write) -> tuple[bytes, ...]:
    """Give the paths that a message is about, as far as it says so."""
    match write:
        case BeginAttempt(path=path) | StoreFailure(path=path) | DeferIdentification(path=path):
            return (path,)
        case StoreAnalysis(analysis=analysis):
            return (analysis.path,)
        case StoreLinks(links=links):
            return (links.path,)
        case MarkMissing(paths=paths) | MarkPresent(paths=paths):
            return paths
        case StoreAnswers():
            return ()


def conflict_free_groups(writes: Sequence[Write]) -> list[list[int]]:
    """Give the indexes of the messages, wave by wave, in order within each.

    Answers of services are about no file and commute with everything.
    """
    waves: list[list[int]] = []
    next_wave: dict[bytes, int] = {}
    for index, write in enumerate(writes):
        paths = paths_of(write)
        wave = max((next_wave.get(path, 0) for path in paths), default=0)
        if wave == len(waves):
            waves.append([])
        waves[wave].append(index)
        next_wave.update(dict.fromkeys(paths, wave + 1))
    return waves
