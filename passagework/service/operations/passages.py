"""Passages: lists, one of them, what is like it, and what is there more than once."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from passagework.domain.passage_filter import PassageFilter
from passagework.domain.views import PassageView
from passagework.json_forms.duplicates import duplicates_json
from passagework.json_forms.similar import similar_json
from passagework.json_forms.views import passage_json
from passagework.service.answers import Answer, json_answer, page_answer
from passagework.service.fields import Flag, GuidText, Limit, Line, Whole
from passagework.service.operation import Answers, Fields, Operation, reading
from passagework.service.stage import Stage

Offset = Annotated[Whole, Field(ge=0, le=2**53)]
SomeGuids = Annotated[tuple[GuidText, ...], Field(max_length=100)]
SomeNames = Annotated[tuple[Line, ...], Field(max_length=100)]


class PassagesAsked(Fields, frozen=True):
    """Some passages."""

    text: Line | None = Field(default=None, description="words that begin words of title, artists, album or path")
    all: Flag = Field(default=False, description="also what cannot be played now")
    artist: Line | None = Field(default=None, description="a name or an MBID, as of album, song and work")
    album: Line | None = None
    song: Line | None = None
    work: Line | None = None
    limit: Limit = 100
    after: Line | None = Field(default=None, description="`next` of the page before")


class PassageAsked(Fields, frozen=True):
    """A passage, by its guid or a prefix of it that no other has."""

    guid: GuidText


class SimilarAsked(Fields, frozen=True):
    """What is like a passage."""

    guid: GuidText
    n: Annotated[Whole, Field(ge=1, le=1_000)] = 10
    not_artist: SomeNames = Field(default=(), description="names or MBIDs")
    not_album: SomeNames = Field(default=(), description="titles or MBIDs")
    not_played: SomeGuids = Field(default=(), description="guids")
    once: Literal["artist", "album"] | None = None


class PageAsked(Fields, frozen=True):
    """Some of a list."""

    limit: Limit = 100
    after: Offset = Field(default=0, description="`next` of the page before")


def passages_json(stage: Stage, passages: Sequence[PassageView]) -> list[dict[str, object]]:
    """Return passages with their gains and flavors."""
    guids = [passage.guid for passage in passages]
    if not guids:
        return []
    gains = stage.library.gains(guids, mono=stage.settings.loudness.mono)
    flavors = stage.library.flavors(guids)
    return [passage_json(one, gains.get(one.guid), flavors.get(one.guid)) for one in passages]


def passages(stage: Stage, asked: PassagesAsked) -> Answer:
    """List passages."""
    wanted = PassageFilter(
        text=asked.text,
        artist=asked.artist,
        album=asked.album,
        song=asked.song,
        work=asked.work,
        playable=None if asked.all else True,
    )
    page = stage.library.passages_page(wanted, limit=asked.limit, after=asked.after)
    return page_answer(passages_json(stage, page.passages), page.next)


def passage(stage: Stage, asked: PassageAsked) -> Answer:
    """Show a passage."""
    return json_answer(passages_json(stage, [stage.library.passage(asked.guid)])[0])


def similar(stage: Stage, asked: SimilarAsked) -> Answer:
    """List what sounds like a passage."""
    seed = stage.library.passage(asked.guid).guid
    found = stage.library.similar(
        seed,
        asked.n,
        not_artist=asked.not_artist,
        not_album=asked.not_album,
        not_played=asked.not_played,
        once=asked.once,
    )
    return json_answer(similar_json([seed], found))


def duplicates(stage: Stage, asked: PageAsked) -> Answer:
    """List what is there more than once."""
    found = stage.library.duplicates()
    end = asked.after + asked.limit
    return page_answer(map(duplicates_json, found[asked.after : end]), str(end) if len(found) > end else None)


OPERATIONS: Final[tuple[Operation, ...]] = (
    reading(
        "passages",
        "/api/1/passages",
        "Passages, by path and start.",
        PassagesAsked,
        passages,
        Answers("passage", page=True),
        refuses=(422,),
    ),
    reading(
        "passage", "/api/1/passages/{guid}", "A passage.", PassageAsked, passage, Answers("passage"), refuses=(404,)
    ),
    reading(
        "similar",
        "/api/1/passages/{guid}/similar",
        "What sounds like a passage, the most alike first.",
        SimilarAsked,
        similar,
        Answers("similar"),
        refuses=(404, 422),
    ),
    reading(
        "duplicates",
        "/api/1/duplicates",
        "What is there more than once, the best copy first.",
        PageAsked,
        duplicates,
        Answers("duplicates", page=True),
    ),
)
