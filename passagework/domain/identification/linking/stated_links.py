"""The links of a passage from statements alone."""

from typing import Final

from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.linking.tag_entities import described_album, described_song
from passagework.domain.ids import Mbid
from passagework.domain.links import NO_RECORDING, LinkState, PassageLinks
from passagework.domain.music import AlbumPlace, Song, SongSpan
from passagework.domain.units import Ticks
from passagework.domain.waiting import WaitingFile, WaitingPassage

_NOT_NAMING: Final = frozenset({"track", "disc", "date"})
"""Kinds of statements that alone do not say what a passage is."""


def link_as_stated(file: WaitingFile, waiting: WaitingPassage, evidence: PassageEvidence) -> PassageLinks:
    """Link a passage as its statements say.

    There are five cases for the song; the first that holds counts:

    - A person has decided: the song is that one, or none.
    - One recording is stated about the passage: it makes a song over the whole of it.
    - Several are: the first, by custom that of the file, is the song. The others are its former ids, or other parts of
      a medley with unknown bounds: they are evidence, and the reason names them.
    - One is stated about the file, and the file has several passages: there is no song.
    - None is stated: there is no song.

    A release makes the album, whatever the song is. An album whose song is not known is a link, too (LINKED, with a
    reason). Without either the passage is TEXT_ONLY if any statement names it, else UNIDENTIFIED.
    """
    stated, tags = evidence.stated, file.tags
    recordings = stated.recordings
    song: Song | None = None
    reason = None
    if waiting.decided == NO_RECORDING:
        reason = "a person set it to no known recording"
    elif waiting.decided is not None:
        # Tags describe the song that they name, unless they name several: then the title may belong to any of them.
        known = recordings == (waiting.decided,)
        song = described_song(waiting.decided, tags) if known else Song(waiting.decided, None, (), ())
        reason = "a person set it"
    elif recordings:
        song = described_song(recordings[0], tags)
        if len(recordings) > 1:
            reason = f"{stated.named_by} {len(recordings)} recordings; the first is linked to the whole passage"
    elif (named_by := _names_a_recording(evidence)) is not None:
        reason = f"{named_by} a recording, but the file has {file.passage_count} passages"
    album = _album(file, evidence, stated.release) if stated.release is not None else None
    if album and song is None and reason is None:
        reason = f"{stated.named_by} the release, but not the recording"
    if song or album:
        state = LinkState.LINKED
    elif any(one.kind not in _NOT_NAMING for one in evidence.statements):
        state = LinkState.TEXT_ONLY
    else:
        state = LinkState.UNIDENTIFIED
    songs = (SongSpan(song, Ticks(0), Ticks(waiting.end - waiting.start)),) if song else ()
    return PassageLinks(waiting.guid, state, songs, album, evidence.statements, reason)


def _names_a_recording(evidence: PassageEvidence) -> str | None:
    """Return the words for the source that names a recording of the file; None if there is none."""
    return next((s.named_by for s in evidence.statements if s.kind == "recording" and s.named_by is not None), None)


def _album(file: WaitingFile, evidence: PassageEvidence, release: Mbid) -> AlbumPlace:
    """Describe a release and the place of the passage on it; the track only if it is stated about this passage."""
    return AlbumPlace(described_album(release, file.tags), evidence.stated.disc_number, evidence.stated.track_number)
