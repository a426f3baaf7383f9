"""The messages that the machine sends: plausible ones about a few files, and poison."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from passagework.domain.analysis import Envelope
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.links import FileLinks, LinkState
from passagework.domain.music import Album, Song
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND
from passagework.persistence.write.writes import (
    BeginAttempt,
    MarkMissing,
    MarkPresent,
    StoreAnalysis,
    StoreFailure,
    StoreLinks,
)
from tests.support.library import Maker

SECOND = TICKS_PER_SECOND
PATHS = (b"/music/a.flac", b"/music/b.flac", b"/music/sub/c.flac", b"/music/\xff.flac")
STAMPS = (FileStamp(1000, 1_700_000_000_000_000_000, 5, 99), FileStamp(7, 1_700_000_000_000_000_000, 2**64 - 1, 99))
CUTS = (((0, 60),), ((0, 29), (30, 60)), ((2, 58),), ((0, 60), (60, 70)), ((30, 90),), ())
TAGS = (Tags(title="One"), Tags(title="Two", artist_credit="B"))
NO_RUN = 10**6
BEYOND_64_BITS = 2**70


@dataclass(eq=False, slots=True)
class Letter:
    """One message to the library and what has become of it. ``poison`` says why the library cannot store it.

    ``done``: it was written and COMMIT said so; nobody may write it again.
    """

    write: object
    poison: str | None = None
    durable: bool = False
    rejected: bool = False
    done: bool = False


SONG_IDS = Maker.mbid(1, 0)[:8]


def analysis(path, cuts, tags=TAGS[0], audio=b"x", stamp=STAMPS[0], **more):
    """Make an analysis; all that is heard of a file follows from ``audio``, so that it may be the copy of another."""
    heard = {"samples": 44100 * 90, "duration": 90 * SECOND, "envelope": Envelope(441, audio * 5000)}
    made = Maker.analysis(path, cuts, audio=audio, stamp=stamp, **(heard | more))
    return replace(made, tags=tags)


def song(number, artists, title, works=()):
    return Maker.song(number, artists, title=title, works=works)


def album(number, title, artists, date):
    return Maker.album(number, title=title, artists=artists, date=date)


def few(numbers, most):
    return st.lists(st.integers(1, numbers), max_size=most, unique=True).map(tuple)


SONGS = st.builds(song, st.integers(1, 3), few(3, 3), st.sampled_from((None, "A", "B")), few(2, 2))
ALBUMS = st.builds(
    album, st.integers(1, 2), st.sampled_from((None, "A", "B")), few(3, 2), st.sampled_from((None, "99"))
)


@dataclass(frozen=True)
class Decision:
    """What a linker says of one passage, whichever it is."""

    songs: tuple[Song, ...]
    album: Album | None
    state: LinkState

    def of(self, guid):
        return Maker.links(guid, self.songs, self.album, state=self.state)


DECISIONS = st.builds(
    Decision,
    st.lists(SONGS, max_size=2).map(tuple),
    st.none() | ALBUMS,
    st.sampled_from((LinkState.LINKED, LinkState.TEXT_ONLY, LinkState.UNIDENTIFIED)),
)


def store_links(run, waiting, decisions, *, revision=True):
    """Make the links of a file that a linker pulled, now or long ago."""
    passages = tuple(decision.of(passage.guid) for passage, decision in zip(waiting.passages, decisions, strict=False))
    return StoreLinks(run, FileLinks(waiting.path, passages, waiting.revision if revision else None))


_PATH, _STAMP = st.sampled_from(PATHS), st.sampled_from(STAMPS)

BEGINS = st.builds(
    lambda path, stamp, alone, number: lambda run: BeginAttempt(run, path, stamp, alone, number),
    *(_PATH, _STAMP, st.booleans(), st.integers(1, 3)),
)
ANALYSES = st.builds(
    lambda path, cuts, tags, audio, stamp: lambda run: StoreAnalysis(run, analysis(path, cuts, tags, audio, stamp)),
    *(_PATH, st.sampled_from(CUTS), st.sampled_from(TAGS), st.sampled_from((b"x", b"y")), _STAMP),
)
FAILURES = st.builds(
    lambda path, stamp, code: lambda run: StoreFailure(run, path, stamp, Failure(code, "why")),
    *(_PATH, _STAMP, st.sampled_from((FailureCode.DAMAGED, FailureCode.VANISHED, FailureCode.QUARANTINED))),
)
PRESENCES = st.builds(
    lambda mark, paths: lambda run: mark(run, paths),
    *(st.sampled_from((MarkMissing, MarkPresent)), st.lists(_PATH, max_size=3).map(tuple)),
)
WRITES = st.one_of(ANALYSES, BEGINS, ANALYSES, FAILURES, PRESENCES)
"""Functions that make a message of a run."""

POISON = {
    "text that is not Unicode": lambda path, run: StoreAnalysis(run, analysis(path, CUTS[0], Tags(title="\udc80"))),
    "an integer beyond 64 bits": lambda path, run: StoreAnalysis(run, analysis(path, CUTS[0], samples=BEYOND_64_BITS)),
    "two passages in one place": lambda path, run: StoreAnalysis(run, analysis(path, ((5, 9), (5, 9)))),
    "text for a number": lambda path, run: StoreAnalysis(run, analysis(path, CUTS[1], samples="many")),
    "a value of no type": lambda path, run: StoreAnalysis(run, analysis(path, CUTS[1], samples=object())),
    "nothing where there must be something": lambda path, run: StoreAnalysis(
        run, analysis(path, CUTS[0], envelope=Envelope(None, b""))
    ),
    "an analysis without tags": lambda path, run: StoreAnalysis(run, analysis(path, CUTS[0], tags=None)),
    "a run that is not there": lambda path, _: StoreAnalysis(NO_RUN, analysis(path, CUTS[0])),
    "an attempt in a run that is not there": lambda path, _: BeginAttempt(
        NO_RUN, path, STAMPS[0], alone=True, number=1
    ),
    "an attempt on a stamp beyond 64 bits": lambda path, run: BeginAttempt(
        run, path, FileStamp(BEYOND_64_BITS, 1), alone=False, number=1
    ),
    "a failure with a stamp beyond 64 bits": lambda path, run: StoreFailure(
        run, path, FileStamp(1, BEYOND_64_BITS), Failure(FailureCode.DAMAGED)
    ),
    "a failure without a failure": lambda path, run: StoreFailure(run, path, STAMPS[1], None),
    "a path that is text": lambda _, run: StoreFailure(run, "/music/a.flac", STAMPS[0], Failure(FailureCode.DAMAGED)),
    "presence of something else": lambda path, run: MarkMissing(run, (path, object())),
}
"""Why the library cannot store a message, and the message; each kind of message has its own words for each reason."""

POISONED = st.builds(
    lambda why, path: (why, lambda run: POISON[why](path, run)), st.sampled_from(sorted(POISON)), _PATH
)

BAD_MBID = "an entity whose id is none"
BAD_TITLE = "a song whose title is not Unicode"


def poisoned_decision(decision, why):
    """Spoil a decision: one that the library finds out, one that cannot even be handed over."""
    bad = {BAD_MBID: {"mbid": "bad"}, BAD_TITLE: {"title": "\udc80"}}[why]
    return replace(decision, songs=(*decision.songs, replace(song(1, (), "A"), **bad)))


OWN_OF_PASSAGE = st.one_of(
    st.tuples(st.just("title"), st.sampled_from((None, "Mine", "Also mine"))),
    st.tuples(st.just("probability"), st.sampled_from((None, 0.5, 2.0))),
    st.tuples(st.just("approval"), st.sampled_from((None, "approved"))),
)
OWN_OF_SONG = st.tuples(st.just("probability"), st.sampled_from((None, 0.25, 3.0)))
