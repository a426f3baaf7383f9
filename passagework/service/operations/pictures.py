"""What a passage looks like: its waveform as numbers, and the picture of its file."""

import os
from typing import Final, Literal

from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.units import Ticks, ticks_from_samples
from passagework.domain.views import FileCurves, PassageView
from passagework.json_forms.views import ticks_json
from passagework.service.answers import Answer, json_answer
from passagework.service.fields import GuidText
from passagework.service.operation import Answers, Fields, Operation, reading
from passagework.service.stage import Stage


class WaveformAsked(Fields, frozen=True):
    """The waveform of a passage."""

    guid: GuidText
    form: Literal["json", "binary"] = "json"


class PictureAsked(Fields, frozen=True):
    """The picture of a passage and its neighbours."""

    guid: GuidText
    form: Literal["svg", "png"] = "svg"


def waveform(stage: Stage, asked: WaveformAsked) -> Answer:
    """Return the lowest and highest sample of each of the spans of a passage: -128 to 127, where 127 is full scale."""
    passage, curves = _of(stage, asked.guid)
    rate, wave = curves.format.sample_rate, curves.waveform
    span = max(1, wave.samples_per_point)
    points = len(wave.extrema) // 2

    def point(moment: Ticks) -> int:
        for_samples = int(moment) * rate // int(ticks_from_samples(rate, rate))
        return min(points, for_samples // span)

    first = point(passage.start)
    last = max(first, min(points, point(passage.end) + 1))
    if asked.form == "binary":
        return Answer(
            wave.extrema[2 * first : 2 * last],
            content_type=b"application/octet-stream",
            headers=((b"x-point-seconds", f"{span / rate:.9g}".encode("ascii")),),
        )
    signed = [each - 256 if each > 127 else each for each in wave.extrema[2 * first : 2 * last]]  # noqa: PLR2004 - signed bytes
    return json_answer(
        {
            "guid": passage.guid,
            **ticks_json("start", passage.start),
            **ticks_json("end", passage.end),
            "point_seconds": span / rate,
            "lowest": signed[::2],
            "highest": signed[1::2],
        }
    )


def picture(stage: Stage, asked: PictureAsked) -> Answer:
    """Draw the file of a passage with its passages."""
    from passagework.drawing.file_picture import file_picture  # noqa: PLC0415 - few ask for pictures

    passage, curves = _of(stage, asked.guid)
    flavors = stage.library.flavors([one.guid for one in curves.passages])
    drawn = file_picture(display_path(os.path.basename(passage.path)), curves, flavors)
    if asked.form == "png":
        from passagework.drawing.png import to_png  # noqa: PLC0415 - loads Pillow

        return Answer(to_png(drawn), content_type=b"image/png")
    from passagework.drawing.svg import to_svg  # noqa: PLC0415 - as above

    return Answer(to_svg(drawn), content_type=b"image/svg+xml")


def _of(stage: Stage, guid: str) -> tuple[PassageView, FileCurves]:
    passage = stage.library.passage(guid)
    curves = stage.library.curves(passage.path)
    if not any(one.guid == passage.guid for one in curves.passages):
        raise NotFoundError(f"passage {passage.guid} is retired: its file has no such passage any more")
    return passage, curves


OPERATIONS: Final[tuple[Operation, ...]] = (
    reading(
        "waveform",
        "/api/1/passages/{guid}/waveform",
        "The waveform of a passage.",
        WaveformAsked,
        waveform,
        Answers("waveform", content=("application/octet-stream",)),
        refuses=(404,),
    ),
    reading(
        "picture",
        "/api/1/passages/{guid}/picture",
        "The file of a passage, drawn.",
        PictureAsked,
        picture,
        Answers(content=("image/svg+xml", "image/png")),
        refuses=(404,),
    ),
)
