"""Ask each configured service one real question, as an import would: through its client and its rate limit."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final, assert_never
from urllib.parse import urlsplit

import numpy as np

from passagework.actors.system import LookupRules
from passagework.api.rules import system_rules
from passagework.config.settings import Settings
from passagework.doctor.finding import Finding
from passagework.domain.fingerprint_text import encode
from passagework.lookup.acoustid.client import AcoustidClient, FingerprintQuery, ItemUnanswered
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.musicbrainz.client import MusicBrainzClient
from passagework.lookup.rate_limiter import RateLimiter, RateLimiterError, WaitCancelledError, default_limiter_folder

_PATIENCE_SECONDS: Final = 15.0
"""Of waiting for a turn among the importers of this user."""

_NO_MUSIC: Final = encode(np.arange(120, dtype=np.uint32) * np.uint32(2_654_435_761))
"""A fingerprint in the right form that no music has: the answer is small."""

_NO_MUSIC_SECONDS: Final = 15.0


def examine_services(settings: Settings) -> Iterator[Finding]:
    """Say which services an import asks, and ask each of these one question."""
    yield _identification(settings)
    rules = system_rules(settings).lookup
    if settings.link.enabled and rules.acoustid is not None:
        yield _asked(
            "AcoustID", "acoustid", rules.acoustid.base_url, rules.acoustid.timeout_seconds, _ask_acoustid(rules)
        )
    if settings.link.enabled and rules.musicbrainz is not None:
        to = rules.musicbrainz
        yield _asked("MusicBrainz", "musicbrainz", to.base_url + to.path, to.timeout_seconds, _ask_musicbrainz(rules))


def _ask_acoustid(rules: LookupRules) -> Callable[[], None]:
    def ask() -> None:
        settings = rules.acoustid
        assert settings is not None
        limiter = _limiter(rules, urlsplit(settings.base_url).netloc, rules.acoustid_per_second)
        query = FingerprintQuery(_NO_MUSIC, _NO_MUSIC_SECONDS)
        (item,) = AcoustidClient(settings, limiter, _patience()).look_up((query,))
        # A server that rejects the fingerprint has accepted the key before.
        if isinstance(item, ItemUnanswered):
            raise item.fault

    return ask


def _ask_musicbrainz(rules: LookupRules) -> Callable[[], None]:
    def ask() -> None:
        settings = rules.musicbrainz
        assert settings is not None
        limiter = _limiter(rules, settings.server.netloc, settings.per_second)
        MusicBrainzClient(settings, limiter, _patience()).ask_for_known_artist()

    return ask


def _limiter(rules: LookupRules, host: str, per_second: float) -> RateLimiter:
    return RateLimiter(rules.gate_folder or default_limiter_folder(), host, per_second)


def _patience() -> Callable[[], bool]:
    """Return a function that tells when to wait no longer for a turn."""
    until = monotonic() + _PATIENCE_SECONDS
    return lambda: monotonic() > until


def _asked(name: str, section: str, url: str, timeout: float, ask: Callable[[], None]) -> Finding:
    began = monotonic()
    try:
        ask()
    except LookupFault as fault:
        detail = f"{fault.detail}; {_advice(fault, name, section, url, timeout)}"
        return Finding(name, ok=False, detail=detail)
    except RateLimiterError as error:
        return Finding(name, ok=False, detail=str(error))
    except WaitCancelledError:
        return Finding(name, ok=True, detail="not asked now: imports of this user wait for their turn to ask it")
    return Finding(name, ok=True, detail=f"{url} answers, after {monotonic() - began:.1f} s")


def _advice(fault: LookupFault, name: str, section: str, url: str, timeout: float) -> str:
    """Return what a person can do."""
    match fault.kind:
        case FaultKind.KEY:
            advice = f"it does not accept {section}.key: copy the key again from https://acoustid.org/my-applications"
        case FaultKind.NO_CONTACT:
            advice = f"set {section}.contact"
        case FaultKind.UNREACHABLE:
            advice = f"look whether this machine has a network, and whether {section}.url is right ({url})"
        case FaultKind.TIMEOUT:
            advice = (
                f"{section}.timeout_seconds is {timeout:g}; set more, or try again later: imports wait for it and go on"
            )
        case FaultKind.LIMITED:
            pause = "" if fault.retry_after is None else f" for {fault.retry_after:.0f} s"
            advice = f"wait{pause}: {name} had too many requests from this address; imports wait by themselves"
        case FaultKind.UNAVAILABLE:
            advice = "try again later; what imports cannot ask now waits in the library for the next one"
        case (
            FaultKind.UNREADABLE
            | FaultKind.REFUSED
            | FaultKind.NOT_FOUND
            | FaultKind.TOO_LARGE
            | FaultKind.NO_CAPABILITY
        ):
            advice = (
                f"something answers at {url}, but not as {name} does: look whether the address is right, and whether a "
                "proxy or the login page of a network answers instead"
            )
        case _:
            assert_never(fault.kind)
    return advice


def _identification(settings: Settings) -> Finding:
    """Say which services will be asked, and what the others need."""
    wanting = []
    if settings.acoustid.enabled and not settings.acoustid.asked:
        wanting.append("AcoustID needs acoustid.key (your key from https://acoustid.org/new-application)")
    if settings.musicbrainz.enabled and not settings.musicbrainz.asked:
        wanting.append("MusicBrainz needs musicbrainz.contact (your mail address or web page)")
    asked = [
        name
        for name, section in (("AcoustID", settings.acoustid), ("MusicBrainz", settings.musicbrainz))
        if section.asked
    ]
    said = f"asks {' and '.join(asked)}" if asked else "from the tags alone"
    return Finding("identification", ok=True, detail="; ".join([said, *wanting]))
