"""One playable passage, as in every format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportRow:
    r"""A playable passage. Times are seconds, positions count from the start of the file.

    ``path``: bytes that are not UTF-8 appear as ``\xNN``; ``path_hex`` then has all bytes in hexadecimal, otherwise
    None. ``..._source``: ``user`` (a person set it), ``song`` or ``album`` (of the linked entity), ``tags``, or None.
    Lists of names and of MBIDs have the same order and length; an MBID is None for a name from the tags.
    """

    guid: str
    path: str
    path_hex: str | None
    start: float
    end: float
    lead_in: float
    lead_out: float
    fade_in: float | None
    fade_out: float | None
    loudness_lufs: float | None
    loudness_range_lu: float | None
    true_peak_dbtp: float | None
    sample_peak_dbfs: float | None
    title: str | None
    title_source: str | None
    song_mbids: tuple[str, ...]
    artists: tuple[str | None, ...]
    artist_mbids: tuple[str | None, ...]
    artists_source: str | None
    works: tuple[str | None, ...]
    work_mbids: tuple[str, ...]
    album: str | None
    album_mbid: str | None
    album_source: str | None
    medium: int | None
    track: int | None
    state: str
    confidence: float | None
    doubt: str | None
    approval: str | None

    @property
    def path_bytes(self) -> bytes:
        """The path, byte for byte."""
        return self.path.encode() if self.path_hex is None else bytes.fromhex(self.path_hex)

    def values(self) -> dict[str, object]:
        """Return all values by name, in the order of the columns."""
        return {
            "guid": self.guid,
            "path": self.path,
            "path_hex": self.path_hex,
            "start": self.start,
            "end": self.end,
            "lead_in": self.lead_in,
            "lead_out": self.lead_out,
            "fade_in": self.fade_in,
            "fade_out": self.fade_out,
            "loudness_lufs": self.loudness_lufs,
            "loudness_range_lu": self.loudness_range_lu,
            "true_peak_dbtp": self.true_peak_dbtp,
            "sample_peak_dbfs": self.sample_peak_dbfs,
            "title": self.title,
            "title_source": self.title_source,
            "song_mbids": self.song_mbids,
            "artists": self.artists,
            "artist_mbids": self.artist_mbids,
            "artists_source": self.artists_source,
            "works": self.works,
            "work_mbids": self.work_mbids,
            "album": self.album,
            "album_mbid": self.album_mbid,
            "album_source": self.album_source,
            "medium": self.medium,
            "track": self.track,
            "state": self.state,
            "confidence": self.confidence,
            "doubt": self.doubt,
            "approval": self.approval,
        }
