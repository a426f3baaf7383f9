"""Impossible combinations of settings that are valid separately."""

from collections.abc import Iterator
from dataclasses import dataclass

from passagework.config.sections import AllSections


@dataclass(frozen=True, slots=True)
class Clash:
    """Keys that contradict each other, and what to do about it."""

    keys: tuple[str, ...]
    message: str


def clashes(settings: AllSections) -> Iterator[Clash]:
    """Find every impossible combination."""
    batch, session = settings.batch, settings.session
    if batch.max_files > session.credits:
        yield Clash(
            ("batch.max_files", "session.credits"),
            f"batch.max_files ({batch.max_files}) is larger than session.credits ({session.credits}), so a batch could "
            "never fill; lower the first or raise the second",
        )
    cut = settings.segmentation
    if cut.shortest_passage < cut.shortest_sound:
        yield Clash(
            ("segmentation.shortest_passage", "segmentation.shortest_sound"),
            f"segmentation.shortest_passage ({cut.shortest_passage:g} s) is shorter than segmentation.shortest_sound "
            f"({cut.shortest_sound:g} s), below which sound does not count; raise the first or lower the second",
        )
    cues = settings.cues
    if cues.quick_ramp > cues.longest_lead:
        yield Clash(
            ("cues.quick_ramp", "cues.longest_lead"),
            f"cues.quick_ramp ({cues.quick_ramp:g} s) is longer than cues.longest_lead ({cues.longest_lead:g} s), so "
            "no passage could have a lead; lower the first or raise the second",
        )
    musicbrainz = settings.musicbrainz
    if musicbrainz.public and musicbrainz.per_second > 1:
        yield Clash(
            ("musicbrainz.per_second", "musicbrainz.url"),
            f"musicbrainz.per_second ({musicbrainz.per_second:g}) is more than the public server permits, which is 1; "
            "lower it, or name a mirror in musicbrainz.url",
        )
    if settings.log.file == settings.library.path:
        yield Clash(
            ("log.file", "library.path"),
            f"log.file and library.path are the same file ({settings.log.file}); choose another file for the log",
        )
    if not settings.serve.host and settings.serve.socket is None:
        yield Clash(
            ("serve.host", "serve.socket"),
            "serve.host and serve.socket are both empty, so nobody could reach the service; set one of them",
        )
    for pattern in settings.scan.include:
        if pattern in settings.scan.exclude:
            yield Clash(
                ("scan.exclude", "scan.include"),
                f"scan.exclude and scan.include both contain {pattern!r}, so nothing matches it; remove one of them",
            )
