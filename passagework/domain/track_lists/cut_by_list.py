"""Cut a file by the track list that it was found to hold, where that fits. Pure."""

from dataclasses import dataclass

from passagework.domain.chosen_cuts import Heard
from passagework.domain.given_cuts import Given, GivenPiece
from passagework.domain.track_lists.joining import Joins
from passagework.domain.track_lists.placement import place
from passagework.domain.track_lists.track_list import fits_pieces, read_track_list
from passagework.domain.units import ticks_from_samples


@dataclass(frozen=True, slots=True, kw_only=True)
class CutByList:
    """What became of a list, ``text`` as it is stored: its score, and whether it fits.

    ``pieces`` are its tracks in the file. There are none where it does not fit, and where the passages that are heard
    are its tracks.
    """

    text: str
    score: float
    matched: bool
    pieces: tuple[GivenPiece, ...] = ()


def cut_by_list(given: Given, audio_hash: bytes, heard: Heard, joins: Joins) -> CutByList | None:
    """Place the tracks of the list that is given for a file; None: there is none, or it is about other audio.

    ``joins`` listens where the file has no silence.
    """
    if given.track_list is None or given.list_of != audio_hash:
        return None
    track_list = read_track_list(given.track_list)
    placed = place(heard, joins, track_list)
    passages = [(one.end - one.start) / heard.sample_rate for one in heard.passages]
    if not placed.matched or fits_pieces(track_list, passages):
        return CutByList(text=given.track_list, score=placed.score, matched=placed.matched)
    edges = [ticks_from_samples(edge, heard.sample_rate) for edge in (0, *placed.cuts, heard.samples)]
    pieces = tuple(
        GivenPiece(start=start, end=end, track=track.number, title=track.title, performer=track.credit)
        for track, start, end in zip(track_list.tracks, edges, edges[1:], strict=False)
    )
    return CutByList(text=given.track_list, score=placed.score, matched=True, pieces=pieces)
