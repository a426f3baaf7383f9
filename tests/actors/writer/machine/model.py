"""What the library must say, worked out message by message in plain Python, without SQL and without batches."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from passagework.domain.edits import Subject
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.links import LinkState, PassageLinks
from passagework.domain.tags import Tags
from passagework.domain.views import FileState, Named, RunState
from passagework.persistence.write.writes import (
    BeginAttempt,
    MarkMissing,
    MarkPresent,
    StoreAnalysis,
    StoreFailure,
    StoreLinks,
)

from .writes import BAD_MBID, BEYOND_64_BITS, NO_RUN, Letter


@dataclass
class Passage:
    start: int
    end: int
    born: int
    guid: str | None = None
    state: LinkState = LinkState.WAITING
    retired_in: int | None = None
    decision: PassageLinks | None = None
    evidence: tuple[object, ...] = ()
    own: dict[str, object] = field(default_factory=dict)

    @property
    def bounds(self):
        return self.start, self.end

    @property
    def retired(self):
        return self.retired_in is not None

    @property
    def songs(self):
        """The MBIDs of its songs, in order."""
        return [span.song.mbid for span in sorted(self._spans, key=lambda span: (span.start, span.song.mbid))]

    @property
    def _spans(self):
        return self.decision.songs if self.decision else ()

    def said(self):
        """Give what its decision states of each song and album: MBID, name of the value, value."""
        for span in self._spans:
            song = span.song
            yield song.mbid, "name", song.title
            yield song.mbid, "artists", tuple(credit.artist.mbid for credit in song.credits)
            yield from ((credit.artist.mbid, "name", credit.artist.name) for credit in song.credits)
            yield from ((work.mbid, "name", work.title) for work in song.works)
        if self.decision and self.decision.album:
            album = self.decision.album.album
            yield album.mbid, "name", album.title
            yield album.mbid, "date", album.date
            yield from ((artist.mbid, "name", artist.name) for artist in album.artists)

    def overlap(self, other):
        """Give the overlap if it makes the two the same passage, else 0."""
        overlap = min(self.end, other.end) - max(self.start, other.start)
        longer = max(self.end - self.start, other.end - other.start)
        return overlap if 2 * overlap >= longer else 0

    def distance(self, other):
        return abs(self.start - other.start) + abs(self.end - other.end)


@dataclass
class Attempt:
    run: int
    number: int
    was_alone: bool
    stamp: FileStamp
    open: bool = True
    attempts: int = 1
    alone: int = 0

    def end(self):
        self.open, self.attempts, self.alone = False, 0, 0


@dataclass
class File:
    stamp: FileStamp
    guid: str | None = None
    state: FileState = FileState.PENDING
    failure: FailureCode | None = None
    missing: bool = False
    audio: bytes | None = None
    tags: Tags | None = None
    revision: int = 0
    attempt: Attempt | None = None
    passages: list[Passage] = field(default_factory=list)

    @property
    def live(self):
        return sorted((p for p in self.passages if not p.retired), key=lambda p: (p.start, p.born))

    @property
    def old(self):
        """The passages that those of another analysis may be: those in use, or else those that were so last."""
        retired = [p for p in self.passages if p.retired]
        last = max((p.retired_in for p in retired), default=None)
        return self.live or [p for p in retired if p.retired_in == last]


@dataclass
class Entity:
    """A song, artist, work or album, and what a person set of it."""

    own: dict[str, object] = field(default_factory=dict)


class Model:
    """The files, entities, runs and rejections that follow from the messages that were committed, in that order."""

    def __init__(self):
        self.files: dict[bytes, File] = {}
        self.entities: dict[str, Entity] = {}
        self.runs: dict[int, RunState] = {}
        self.run_files: set[tuple[int, bytes]] = set()
        self.rejections: set[tuple[object, ...]] = set()
        self._births = count()

    # Runs

    def open_run(self):
        for run, state in self.runs.items():
            if state is RunState.RUNNING:
                self.runs[run] = RunState.CRASHED
        self.runs[len(self.runs) + 1] = RunState.RUNNING

    def close_run(self, run, state):
        if self.runs[run] is RunState.RUNNING:
            self.runs[run] = state
        for file in self.files.values():
            attempt = file.attempt
            if attempt is not None and attempt.open and attempt.run == run:
                attempt.open = False
                attempt.attempts -= 1
                attempt.alone -= attempt.was_alone

    # What a person sets

    def edit(self, edits):
        passages = {passage.guid: passage for file in self.files.values() for passage in file.live}
        for edit in edits:
            own = (passages.get(edit.key) or self.entities[edit.key]).own
            own[edit.field] = edit.value
            if edit.value is None:
                del own[edit.field]

    # Messages

    def apply(self, letter: Letter):
        """Take in one message, poison or not."""
        letter.durable = True
        letter.rejected = self._is_rejected(letter)
        if letter.rejected:
            self._reject(letter)
            return
        match letter.write:
            case BeginAttempt(run, path, stamp, alone, number):
                self._begin(self._file(path, stamp), Attempt(run, number, alone, stamp, alone=int(alone)))
            case StoreAnalysis(run, analysis):
                self.run_files.add((run, analysis.path))
                self._analysed(self._file(analysis.path, analysis.stamp), analysis, run)
            case StoreFailure(run, path, stamp, failure):
                self.run_files.add((run, path))
                self._failed(self._file(path, stamp), stamp, failure.code, run)
            case StoreLinks(links=links):
                for passage, decision in self._resolved(links):
                    self._link(passage, decision)
            case MarkMissing(paths=paths) | MarkPresent(paths=paths):
                for file in (self.files[path] for path in paths if path in self.files):
                    file.missing = isinstance(letter.write, MarkMissing)

    def _is_rejected(self, letter):
        if letter.poison == BAD_MBID:
            return any(
                decision.songs[-1:] and decision.songs[-1].song.mbid == "bad"
                for _, decision in self._resolved(letter.write.links)
            )
        return letter.poison is not None

    def _reject(self, letter):
        write = letter.write
        run = None if write.run == NO_RUN else write.run
        match write:
            case BeginAttempt(path=path, stamp=stamp) | StoreFailure(path=path, stamp=stamp):
                pass
            case StoreAnalysis(analysis=analysis):
                path, stamp = analysis.path, analysis.stamp
            case StoreLinks(links=links):
                path, stamp = links.path, None
                for passage in self.files[path].live if path in self.files else ():
                    if passage.state is LinkState.WAITING:
                        passage.state = LinkState.FAILED
            case MarkMissing(paths=paths):
                path, stamp = paths[0], None
        path = path if isinstance(path, bytes) else None
        self.rejections.add((run, path, type(write), letter.poison))
        if run is not None and path is not None and stamp is not None:
            stamp = FileStamp(
                *(0 if n == BEYOND_64_BITS else n for n in (stamp.size, stamp.mtime_ns, stamp.device, stamp.inode))
            )
            self.run_files.add((run, path))
            self._failed(self._file(path, stamp), stamp, FailureCode.LIBRARY_REJECTED, run)

    def _file(self, path, stamp):
        return self.files.setdefault(path, File(stamp))

    def _begin(self, file, attempt):
        before = file.attempt
        if before is None:
            file.attempt = attempt
        elif (attempt.run, attempt.number) > (before.run, before.number):
            if before.stamp.same_content_as(attempt.stamp):
                attempt.attempts += before.attempts
                attempt.alone += before.alone
            file.attempt = attempt

    def _failed(self, file, stamp, code, run):
        is_other = file.state is not FileState.PENDING and not file.stamp.same_content_as(stamp)
        failure = Failure(code)
        if not failure.transient and (failure.of_content or is_other):
            for passage in file.live:
                passage.retired_in = run
        file.stamp, file.failure = stamp, code
        file.state = FileState.QUARANTINED if code is FailureCode.QUARANTINED else FileState.FAILED
        file.missing = file.missing and code is FailureCode.VANISHED
        if file.attempt is not None:
            file.attempt.end()

    def _analysed(self, file, analysis, run):
        new = [Passage(p.start, p.end, next(self._births)) for p in analysis.passages]
        all_again = file.tags != analysis.tags or len(new) != len(file.live)
        revised = all_again
        kept = _paired(file.old, new)
        for passage in new:
            known = kept.get(passage.born) or _retired_there(file, passage)
            if known is None:
                file.passages.append(passage)
                kept[passage.born] = passage
                continue
            kept[passage.born] = known
            if all_again or known.retired or known.bounds != passage.bounds:
                revised = True
                known.state = LinkState.WAITING
            known.start, known.end, known.retired_in = passage.start, passage.end, None
        for passage in file.live:
            if not any(passage is known for known in kept.values()):
                passage.retired_in = run
        file.revision += revised
        file.stamp, file.state, file.failure, file.missing = analysis.stamp, FileState.ANALYSED, None, False
        file.audio, file.tags = analysis.audio_hash, analysis.tags
        if file.attempt is not None:
            file.attempt.end()

    def _resolved(self, links):
        file = self.files.get(links.path)
        if file is None or links.revision not in {None, file.revision}:
            return
        last = {decision.passage: decision for decision in links.passages}
        for passage in file.live:
            if passage.guid in last:
                yield passage, last[passage.guid]

    def _link(self, passage, decision):
        passage.state, passage.evidence, passage.decision = decision.state, decision.evidence, decision
        for mbid, _, _ in passage.said():
            self.entities.setdefault(mbid, Entity())

    # What the library must answer

    def stated(self, mbid, what):
        """Give what is stated of an entity: what most files say, then the longest, then the smallest.

        Statements of passages that are not in use, or of files that are not there, count where there are no others.
        """
        said = [
            (not passage.retired and not file.missing, value, path)
            for path, file in self.files.items()
            for passage in file.passages
            for about, name, value in passage.said()
            if (about, name) == (mbid, what)
        ]
        stands = max((stands for stands, _, _ in said), default=False)
        votes = Counter(value for value, _ in {(v, path) for standing, v, path in said if standing is stands and v})
        return min(votes, key=lambda value: (-votes[value], -len(value), value), default=None)

    def title(self, file, passage):
        songs = passage.songs
        if "title" in passage.own:
            return Named(passage.own["title"], songs[0] if songs else None, set_by_user=True)
        if not songs:
            return Named(file.tags.title, None)
        names = [self.stated(mbid, "name") for mbid in songs]
        # A song that nothing has named yet leaves the title to the tags.
        return Named(" / ".join(filter(None, names)) or file.tags.title, songs[0])

    def own(self, passage):
        of_passage = {(Subject.PASSAGE, passage.guid, name): value for name, value in passage.own.items()}
        return of_passage | {
            (Subject.SONG, song, name): value
            for song in passage.songs
            for name, value in self.entities[song].own.items()
        }

    def artists(self, file, passage):
        named = {}
        for song in passage.songs:
            for artist in self.stated(song, "artists") or ():
                named[Named(self.stated(artist, "name"), artist)] = None
        credit = file.tags.artist_credit
        return tuple(named) or ((Named(credit, None),) if credit else ())

    def album(self, passage):
        place = passage.decision and passage.decision.album
        if place is None:
            return Named(None, None), None, None
        return Named(self.stated(place.album.mbid, "name"), place.album.mbid), place.medium, place.track


def _paired(old, new):
    """Pair passages that overlap by at least half of the longer and are each other's best."""

    def best(one, others):
        near = [other for other in others if one.overlap(other)]
        return min(near, key=lambda o: (-one.overlap(o), one.distance(o), o.start, o.born), default=None)

    return {n.born: o for n in new if (o := best(n, old)) is not None and best(o, new) is n}


def _retired_there(file, passage):
    there = [old for old in file.passages if old.retired and old.bounds == passage.bounds]
    return max(there, key=lambda old: old.born, default=None)
