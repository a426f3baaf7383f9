"""The tags of a file in common terms, independent of the tag format."""

from dataclasses import dataclass, field

from passagework.domain.ids import Mbid


@dataclass(frozen=True, slots=True)
class ReplayGain:
    """Loudness values found in tags: gains in dB, peaks as linear amplitude (1.0 = full scale).

    R128 gains (Opus: Q7.8 relative to -23 LUFS) are kept apart from ReplayGain 2 (relative to -18 LUFS).
    """

    track_gain: float | None = None
    track_peak: float | None = None
    album_gain: float | None = None
    album_peak: float | None = None
    r128_track_gain: float | None = None
    r128_album_gain: float | None = None


@dataclass(frozen=True, slots=True)
class Tags:
    """Normalised tags of one file. Unknown is ``None`` or an empty tuple, never ``""`` or 0.

    ``artist_credit`` is the artist as printed ("A feat. B"); ``artists`` are the single names if the file lists
    them. ``recording_ids`` come from the recording tag only (UFID, MUSICBRAINZ_TRACKID, "MusicBrainz Track Id"),
    never from the release-track tag. ``raw`` keeps every text tag as it was found, in file order. ``disagreeing`` are
    blocks of tags beside the first: those that contradict its title, of which nothing but gains is taken, and those
    that are another one of its kind and say something else. They are named as in ``raw``.
    """

    family: str | None = None
    title: str | None = None
    artist_credit: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    album_artist_credit: str | None = None
    album_artists: tuple[str, ...] = ()
    composers: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    date: str | None = None
    original_date: str | None = None
    track_number: int | None = None
    track_total: int | None = None
    disc_number: int | None = None
    disc_total: int | None = None
    isrcs: tuple[str, ...] = ()
    compilation: bool | None = None
    recording_ids: tuple[Mbid, ...] = ()
    release_track_id: Mbid | None = None
    release_id: Mbid | None = None
    release_group_id: Mbid | None = None
    artist_ids: tuple[Mbid, ...] = ()
    album_artist_ids: tuple[Mbid, ...] = ()
    work_ids: tuple[Mbid, ...] = ()
    acoustid_id: str | None = None
    replay_gain: ReplayGain = field(default_factory=ReplayGain)
    picture_count: int = 0
    disagreeing: tuple[str, ...] = ()
    raw: tuple[tuple[str, tuple[str, ...]], ...] = ()
