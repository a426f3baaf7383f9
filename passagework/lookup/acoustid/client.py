"""Look fingerprints up at AcoustID, many per request, through a private copy of pyacoustid."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Final, Self

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.json_text import write_json
from passagework.lookup.acoustid.answer import read_results, usable_results
from passagework.lookup.acoustid.document import AcoustidAnswerError, Json
from passagework.lookup.acoustid.transport import (
    SERVICE,
    AcoustidSettings,
    AcoustidTransport,
    ItemFault,
    TooLargeFault,
)
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.private_module import private_copy
from passagework.lookup.rate_limiter import RateLimiter

_META: Final = ("recordings", "releasegroups", "releases", "tracks", "compress", "sources")
_LONGEST: Final = 1e6  # seconds; the server keeps whole seconds in 32 bits
_LONGEST_INDEX: Final = 4  # digits
_WIDER: Final = 15  # seconds that a stored length may differ, 1 to 30; default 7


@dataclass(frozen=True, slots=True)
class FingerprintQuery:
    """A fingerprint in Chromaprint's text form, and the length of the audio.

    ``wider`` lets lengths differ by 15 s instead of 7 s, for a passage with doubtful bounds.
    """

    fingerprint: str
    seconds: float
    wider: bool = False


@dataclass(frozen=True, slots=True)
class ItemAnswered:
    """The answer to one fingerprint, and its JSON for storage: ``{"results": …}``.

    The same answer has the same bytes, independent of its position in a batch.
    """

    answer: AcoustidAnswer
    raw: bytes


@dataclass(frozen=True, slots=True)
class ItemRejected:
    """The service, or already the client, rejects this fingerprint or length permanently; never a "no match"."""

    reason: str


@dataclass(frozen=True, slots=True)
class ItemUnanswered:
    """An item without an answer, although others of the call have one. ``fault`` says why, as if raised."""

    fault: LookupFault


ItemAnswer = ItemAnswered | ItemRejected | ItemUnanswered


class AcoustidClient:
    """Looks fingerprints up in batches, one request each. Never retries, except with halves of a too large batch.

    The rate limiter's exceptions pass. The copy of pyacoustid in the rest of the process is not changed. Use it from
    one thread.
    """

    def __init__(
        self, settings: AcoustidSettings, limiter: RateLimiter, cancelled: Callable[[], bool] | None = None
    ) -> None:
        self._settings = settings
        self._batch = settings.batch
        self._library = _own_library(AcoustidTransport(settings, limiter, cancelled))

    @property
    def batch(self) -> int:
        """The number of queries of one width per request; decreases when the server finds a batch too large."""
        return self._batch

    def look_up(self, queries: Sequence[FingerprintQuery]) -> tuple[ItemAnswer, ...]:
        """Send all queries, and return the answers in their order.

        ``batch`` queries of one width need one request; the width belongs to a request, so a mix needs one for each.
        Raises LookupFault if the service has not answered or rejected a single item before it.
        """
        found: dict[int, ItemAnswer] = {}
        for place, query in enumerate(queries):
            if reason := _unfit(query):
                found[place] = ItemRejected(reason)
        asked: dict[int, ItemAnswer] = {}
        places = [place for place in range(len(queries)) if place not in found]
        try:
            if places:
                self._require_key()
            for wider in (False, True):
                self._ask_all([place for place in places if queries[place].wider is wider], queries, asked)
        except LookupFault as fault:
            if not asked:
                raise
            found.update((place, ItemUnanswered(fault)) for place in places)
        found.update(asked)
        return tuple(found[place] for place in range(len(queries)))

    def _require_key(self) -> None:
        key = self._settings.key
        if not (key.strip() and key.isascii() and key.isprintable()):
            raise LookupFault(SERVICE, FaultKind.KEY, "there is no application key, or it has invalid characters")

    def _ask_all(
        self, places: Sequence[int], queries: Sequence[FingerprintQuery], found: dict[int, ItemAnswer]
    ) -> None:
        start = 0
        while start < len(places):
            some = places[start : start + self._batch]
            self._ask(some, queries, found)
            start += len(some)

    def _ask(self, places: Sequence[int], queries: Sequence[FingerprintQuery], found: dict[int, ItemAnswer]) -> None:
        """Send these queries in one request, or in one for each half if that is refused."""
        try:
            answers = self._request([queries[place] for place in places])
        except TooLargeFault as fault:
            if len(places) == 1:
                found[places[0]] = ItemUnanswered(fault)
                return
            self._batch = min(self._batch, (len(places) + 1) // 2)
        except ItemFault as fault:
            if len(places) == 1:
                found[places[0]] = ItemRejected(fault.detail)
                return
        else:
            found.update(zip(places, answers, strict=True))
            return
        middle = (len(places) + 1) // 2
        self._ask(places[:middle], queries, found)
        self._ask(places[middle:], queries, found)

    def _request(self, queries: Sequence[FingerprintQuery]) -> list[ItemAnswer]:
        form: dict[str, object] = {
            "format": "json",
            "client": self._settings.key,
            "batch": 1,
            "meta": list(_META),
        }
        if queries[0].wider:
            form["maxdurationdiff"] = _WIDER
        for index, query in enumerate(queries):
            form[f"duration.{index}"] = round(query.seconds)
            form[f"fingerprint.{index}"] = query.fingerprint
        answer: Json = self._library._api_request(  # noqa: SLF001 - its public functions support no batch
            self._settings.lookup_url, form, self._settings.timeout_seconds
        )
        items = dict(_by_index(answer, len(queries)))
        return [_item(items.get(index)) for index in range(len(queries))]


def _own_library(transport: AcoustidTransport) -> ModuleType:
    """Load pyacoustid only for this client, without its rate limiter, and with our transport instead of requests.

    Its limiter covers only this process and holds its lock during the request. It compresses only plain http, exposes
    neither status nor Retry-After, and limits neither the size nor the time of an answer.
    """

    class Session:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            """Do nothing: the transport does everything."""

        def mount(self, _prefix: str, _adapter: object) -> None:
            """Do nothing: the transport compresses."""

        def post(
            self,
            url: str,
            data: Mapping[str, object],
            headers: Mapping[str, str],  # noqa: ARG002 - the transport has its own
            timeout: float,
        ) -> SimpleNamespace:
            answer = transport.fetch(url, data, timeout)
            return SimpleNamespace(json=lambda: answer)

    library = private_copy("acoustid")
    library.REQUEST_INTERVAL = 0  # type: ignore[attr-defined]
    library.requests = SimpleNamespace(Session=Session, exceptions=library.requests.exceptions)  # type: ignore[attr-defined]
    return library


def _unfit(query: FingerprintQuery) -> str | None:
    if not query.fingerprint or not query.fingerprint.isascii():
        return "there is no fingerprint"
    if not 1 <= query.seconds <= _LONGEST:  # NaN fails every comparison
        return "the length is not a number"
    return None


def _by_index(answer: Json, count: int) -> Iterator[tuple[int, Json]]:
    """Yield the items of an answer by index. Servers write the index as a number, older ones as text."""
    items = answer.get("fingerprints")
    if not isinstance(items, list):
        raise LookupFault(SERVICE, FaultKind.UNREADABLE, "the answer has no list of fingerprints")
    seen = set()
    for item in items:
        index = item.get("index") if isinstance(item, dict) else None
        place = int(index) if isinstance(index, str) and index.isdecimal() and len(index) < _LONGEST_INDEX else index
        if type(place) is not int or not 0 <= place < count or place in seen:
            raise LookupFault(SERVICE, FaultKind.UNREADABLE, "the answer is for other fingerprints than requested")
        seen.add(place)
        yield place, item


def _item(item: Json | None) -> ItemAnswer:
    if item is None:
        return ItemRejected("the service left the fingerprint out of its answer")
    try:
        results = usable_results(item.get("results"))
        answer = read_results(results)
    except AcoustidAnswerError as error:
        return ItemUnanswered(LookupFault(SERVICE, FaultKind.UNREADABLE, str(error)))
    return ItemAnswered(answer, write_json({"results": results}).encode("ascii"))
