"""The messages that the machine sends: plausible ones about a few files, and poison."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from passagework.domain.analysis import (
    AudioFormat,
    Damage,
    Envelope,
    FileAnalysis,
    Fingerprint,
    PassageAnalysis,
    Waveform,
)
from passagework.domain.catalogue import (
    Album,
    AlbumPlace,
    Artist,
    ArtistCredit,
    Evidence,
    EvidenceSource,
    FileLinks,
    LinkState,
    PassageLinks,
    Song,
    SongSpan,
    Work,
)
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.measured import Loudness
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

SECOND = TICKS_PER_SECOND
PATHS = (b"/music/a.flac", b"/music/b.flac", b"/music/sub/c.flac", b"/music/\xff.flac")
STAMPS = (FileStamp(1000, 1_700_000_000_000_000_000, 5, 99), FileStamp(7, 1_700_000_000_000_000_000, 2**64 - 1, 99))
CUTS = (((0, 60),), ((0, 29), (30, 60)), ((2, 58),), ((0, 60), (60, 70)), ((30, 90),), ())
TAGS = (Tags(title="One"), Tags(title="Two", artist_credit="B"))
LOUDNESS = Loudness(-14.0, 5.5, -0.5, -0.75)
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


def mbid(kind, number):
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


SONG_IDS = mbid(1, 0)[:8]


def analysis(path, cuts, tags=TAGS[0], audio=b"x", stamp=STAMPS[0], **more):
    """Make an analysis; all that is heard of a file follows from ``audio``, so that it may be the copy of another."""
    passages = tuple(
        PassageAnalysis(
            start=start * SECOND,
            end=end * SECOND,
            lead_in=SECOND,
            lead_out=2 * SECOND,
            fade_in=None,
            fade_out=None,
            loudness=LOUDNESS,
            fingerprint=Fingerprint(f"AQAA{start}-{end}", (end - start) * SECOND),
        )
        for start, end in cuts
    )
    values = {
        "format": AudioFormat("flac", "flac", 44100, 2, 900_000),
        "content_hash": b"c" * 31 + audio,
        "audio_hash": b"h" * 31 + audio,
        "samples": 44100 * 90,
        "duration": 90 * SECOND,
        "loudness": LOUDNESS,
        "envelope": Envelope(441, audio * 5000),
        "waveform": Waveform(1300, b"\x80\x7f"),
        "damage": Damage(),
        "warnings": (),
    }
    return FileAnalysis(path=path, stamp=stamp, tags=tags, passages=passages, **(values | more))


def song(number, artists, title, works=()):
    credit = tuple(ArtistCredit(Artist(mbid(2, a), f"Artist {a}"), 1 / len(artists)) for a in artists)
    return Song(mbid(1, number), title, credit, tuple(Work(mbid(3, work), "Work") for work in works))


def album(number, title, artists, date):
    named = tuple(Artist(mbid(2, artist), f"Artist {artist}") for artist in artists)
    return Album(mbid(4, number), title, None, date, named)


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
        spans = tuple(SongSpan(song, n * 60 * SECOND, (n + 1) * 60 * SECOND) for n, song in enumerate(self.songs))
        evidence = tuple(Evidence(EvidenceSource.TAG_MBID, "recording", song.mbid) for song in self.songs)
        place = AlbumPlace(self.album, 1, 7) if self.album else None
        return PassageLinks(guid, self.state, spans, place, evidence)


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
