"""What is stale, for people."""

from collections.abc import Iterator
from typing import assert_never

from passagework.domain.counted import counted
from passagework.domain.parts import BY_NAME, RedoneFrom, StaleReason
from passagework.domain.progress import RefreshPlanned
from passagework.domain.units import clock_time
from passagework.domain.views import Stale, StaleItem, StaleWork


def stale_lines(stale: Stale) -> Iterator[str]:
    """Say what was made by older versions or with other settings, and what redoing it takes."""
    for item in stale.items:
        yield f"{counted(item.files, 'file')} {_made(item)}"
    for work in stale.work:
        yield f"{counted(work.files, 'file')} to be {_redone(work)}"
    if stale.seconds is not None:
        yield f"decoding so much took {_long(stale.seconds)} in an earlier import"


def refresh_lines(planned: RefreshPlanned) -> Iterator[str]:
    """Announce what of unchanged files is done again, before it begins."""
    where = "in idle time, one at a time" if planned.one_at_a_time else "after the new files"
    for line in stale_lines(planned.redone):
        yield f"again, {where}: {line}"
    for line in stale_lines(planned.put_off):
        yield f"put off until an import finds nothing new: {line}"


def _made(item: StaleItem) -> str:
    were = "was" if item.files == 1 else "were"
    made = BY_NAME[item.part].made
    match item.reason:
        case StaleReason.VERSION:
            return f"{were} {made} by an older version"
        case StaleReason.SETTINGS:
            return f"{were} {made} with other settings ({', '.join(item.settings)})"
        case StaleReason.ABSENT:
            return f"{were} not {made}: an older version could not"
        case _:
            assert_never(item.reason)


def _redone(work: StaleWork) -> str:
    match work.redone_from:
        case RedoneFrom.LIBRARY:
            return "redone from the library alone"
        case RedoneFrom.TAGS:
            return "read for their tags"
        case RedoneFrom.CURVES:
            where = "redone from the curves in the library, or decoded where these do not suffice"
            return f"{where} ({clock_time(work.audio)} of audio)"
        case RedoneFrom.DECODE:
            return f"decoded ({clock_time(work.audio)} of audio)"
        case _:
            assert_never(work.redone_from)


def _long(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    return f"about {hours} h {minutes:02} min" if hours else f"about {minutes} min"
