"""Whether a file holds a whole release, and which: from the lengths of its tracks and that of the file.

It does not matter how the file is cut now, so that the decision is the same in whatever order imports came.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from passagework.domain.codes import UnknownCode
from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.evidence.likeness import album_likeness, name_likeness
from passagework.domain.identification.scoring.confidence import FULL_GATE
from passagework.domain.identification.scoring.folder_votes import vote
from passagework.domain.links import NO_RECORDING
from passagework.domain.musicbrainz import CreditedArtist, MbMedium, MbRelease, TrackKind
from passagework.domain.path_names.names import names_of_path
from passagework.domain.tags import Tags
from passagework.domain.track_lists.track_list import (
    ListedTrack,
    NamedBy,
    TrackList,
    fits_length,
    fits_pieces,
    read_track_list,
)
from passagework.domain.units import seconds
from passagework.domain.waiting import WaitingFile

_ALIKE: Final = 0.8
"""The likeness from which on a title or an artist is that of a release."""

_ONE_TRACK: Final = 6.0
"""Seconds. A file that is as long as a track is that track."""

_LENGTH_STEP: Final = 5.0
"""Seconds. Of two releases whose lengths fit about equally well, other things decide."""

_FEWEST: Final = 2
_NO_DATE: Final = "9999"

SEARCHED_SECONDS: Final = 600.0
"""A shorter file is not searched for by its name, and is a song if its tags say so."""


def may_hold_a_release(file: WaitingFile) -> bool:
    """Tell whether a file may be cut by a track list: neither a person nor a sheet nor the file itself cuts it.

    A file of which a person has said what a passage is, or set something on one, stays as it is cut: what they set
    would be retired with the passage.
    """
    cut = file.as_cut
    if cut is None or cut.by_person or (file.given is not None and len(file.given.pieces) >= _FEWEST):
        return False
    return not any(one.is_set or one.decided not in {None, NO_RECORDING} for one in file.passages)


def names_to_search(file: WaitingFile) -> tuple[NamedBy, tuple[tuple[str | None, str], ...]]:
    """Return by which artists and titles of albums a long file is searched for, if it may hold one.

    The path counts where the tags name neither album nor title. Who numbers or names a track speaks of a song.
    """
    tags, nothing = file.tags, ()
    if not _is_long(file):
        return NamedBy.TAGS, nothing
    if tags.track_number is not None or tags.recording_ids:
        return NamedBy.TAGS, nothing
    artist = tags.album_artist_credit or tags.artist_credit
    if tags.album is not None:
        return NamedBy.TAGS, nothing if _speaks_of_a_song(tags) else ((artist, tags.album),)
    if tags.title is not None:
        return NamedBy.TAGS, nothing if artist is None else ((artist, tags.title),)
    said = names_of_path(file.path)
    if said.track is not None or (artist or said.artist) is None:
        return NamedBy.FILE_NAME, nothing
    titles = dict.fromkeys(title for title in (said.album, said.title) if title is not None)
    return NamedBy.FILE_NAME, tuple((artist or said.artist, title) for title in titles)


def is_called(release: MbRelease, artist: str | None, title: str) -> bool:
    """Tell whether a release has about this title, and this artist if one is given."""
    names = [name for one in release.artists for name in (one.credited_as, one.name)]
    return album_likeness(title, release.title) >= _ALIKE and (
        artist is None or name_likeness((artist, *artist.split(" & ")), names) >= _ALIKE
    )


def track_list_by_tags(file: WaitingFile, releases: Iterable[MbRelease]) -> TrackList | None:
    """Return the list of the release that the tags name by its MBID, if the file may hold it."""
    named = file.tags.release_id
    stated = [one for one in releases if named is not None and named in {one.mbid, one.asked_as}]
    return best_list(file, stated, NamedBy.TAGS)


def track_list_by_title(file: WaitingFile, releases: Iterable[MbRelease]) -> TrackList | None:
    """Return the list of a release that is called as the tags say, if the file may hold it."""
    tags = file.tags
    if tags.album is None:
        return None
    artist = tags.album_artist_credit or tags.artist_credit
    return best_list(file, [one for one in releases if is_called(one, artist, tags.album)], NamedBy.TAGS)


def track_list_by_sound(
    file: WaitingFile, passages: Iterable[PassageEvidence], releases: Iterable[MbRelease]
) -> TrackList | None:
    """Return the list of the release on which most pieces of the file are by their fingerprints, if it may hold it."""
    guids = {one.guid for one in file.passages}
    votes = vote([one for one in passages if one.key in guids])
    groups = {one.group for one in votes if one.voters >= _FEWEST and 2 * one.voters >= one.matched}
    return best_list(file, [one for one in releases if one.group.mbid in groups], NamedBy.FINGERPRINTS)


def best_list(file: WaitingFile, releases: Iterable[MbRelease], named_by: NamedBy) -> TrackList | None:
    """Return the track list that fits the length of a file best; None if none does.

    A file that is as long as one track of one of the releases is that track. One that is shorter than an album, and
    whose tags speak of a song, is that song, however long the tracks of a single or an EP are together.
    """
    releases = list(releases)
    if file.as_cut is None or not releases or (_speaks_of_a_song(file.tags) and not _is_long(file)):
        return None
    length = seconds(file.as_cut.duration)
    if any(abs(one - length) <= _ONE_TRACK for release in releases for one in _track_seconds(release)):
        return None
    found = [
        (_rank(release, track_list, length), track_list)
        for release in releases
        for track_list in _lists(release, named_by, file.tags.disc_number)
        if fits_length(track_list, length)
    ]
    return min(found, key=lambda one: one[0])[1] if found else None


def is_one_recording(file: WaitingFile, passages: Iterable[PassageEvidence]) -> bool:
    """Tell whether AcoustID knows the whole of a file as one recording: it compares lengths, too."""
    if file.passage_count != 1:
        return False
    guids = {one.guid for one in file.passages}
    answers = [one.answer for one in passages if one.key in guids and one.answer is not None]
    return any(result.score >= FULL_GATE and result.recordings for one in answers for result in one.results)


def is_cut_so(file: WaitingFile, track_list: TrackList) -> bool:
    """Tell whether the passages that are heard are the tracks of a list, so that none is needed."""
    if file.as_cut is None or file.as_cut.cut_by is not None or len(file.passages) != file.passage_count:
        return False
    return fits_pieces(track_list, [seconds(one.end) - seconds(one.start) for one in file.passages])


def stored_by(file: WaitingFile) -> NamedBy | UnknownCode | None:
    """Return what suggested the list that is stored with a file; None if it has none."""
    if file.as_cut is None or file.as_cut.track_list is None:
        return None
    return read_track_list(file.as_cut.track_list).named_by


def _is_long(file: WaitingFile) -> bool:
    return file.as_cut is not None and seconds(file.as_cut.duration) >= SEARCHED_SECONDS


def _speaks_of_a_song(tags: Tags) -> bool:
    """Tell whether tags number a track, or name a recording, or a title that is not that of the album."""
    if tags.track_number is not None or tags.recording_ids:
        return True
    return tags.title is not None and tags.album is not None and album_likeness(tags.title, tags.album) < _ALIKE


def _track_seconds(release: MbRelease) -> Iterator[float]:
    for medium in release.media:
        for track in medium.tracks:
            if length := track.milliseconds or track.recording.milliseconds:
                yield length / 1000


def _lists(release: MbRelease, named_by: NamedBy, disc: int | None) -> Iterator[TrackList]:
    """Yield the lists of the media of a release, one by one and all together; only that of a disc if one is named."""
    # A search lists only the tracks that it found.
    complete = [medium for medium in release.media if medium.track_count <= _tracks(medium)]
    choices: list[tuple[MbMedium, ...]] = [(medium,) for medium in complete]
    if 1 < len(complete) == len(release.media):
        choices.append(tuple(complete))
    if disc is not None and any(medium.position == disc for medium in release.media):
        choices = [(medium,) for medium in complete if medium.position == disc]
    for media in choices:
        made = _list(release, media, named_by)
        if len(made.tracks) >= _FEWEST:
            yield made


def _list(release: MbRelease, media: Iterable[MbMedium], named_by: NamedBy) -> TrackList:
    return TrackList(
        named_by=named_by,
        release=release.mbid,
        title=release.title,
        artist=_credit(release.artists),
        date=release.date,
        tracks=tuple(
            ListedTrack(
                medium=medium.position,
                number=track.position,
                title=track.title,
                credit=_credit(track.artists),
                recording=track.recording.mbid,
                milliseconds=track.milliseconds or track.recording.milliseconds or None,
            )
            for medium in media
            for track in medium.tracks
            if track.kind is TrackKind.TRACK
        ),
    )


def _tracks(medium: MbMedium) -> int:
    return sum(track.kind is TrackKind.TRACK for track in medium.tracks)


def _credit(artists: Iterable[CreditedArtist]) -> str | None:
    return "".join(one.credited_as + one.join_phrase for one in artists) or None


def _rank(release: MbRelease, track_list: TrackList, length: float) -> tuple[object, ...]:
    off = abs(track_list.known_seconds - length)
    return (
        track_list.unknown,
        round(off / _LENGTH_STEP),
        release.status != "Official",
        bool(release.group.secondary_kinds),
        release.date or _NO_DATE,
        release.mbid,
        tuple(track.medium for track in track_list.tracks),
    )
