"""MIDI files: the tempo that they state, and how they sound with a SoundFont."""

import shutil
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

TEMPO, METER = 0x51, 0x58
STEADY = 0.9
"""The tempo must hold for so much of the time."""


def stated_tempo(path: Path) -> float | None:
    """Give the beats per minute, or None where they change, or are stated in another way.

    A beat is a quarter, in 6/8, 9/8 and 12/8 a dotted one.
    """
    content = path.read_bytes()
    if content[:4] != b"MThd":
        return None
    tracks, division = struct.unpack(">HH", content[10:14])
    if division & 0x8000:
        return None
    changes, end, meters, position = [(0, 500_000)], 0, [], 14
    for _ in range(tracks):
        if content[position : position + 4] != b"MTrk":
            return None
        length = struct.unpack(">I", content[position + 4 : position + 8])[0]
        track = content[position + 8 : position + 8 + length]
        position += 8 + length
        for tick, kind, value in meta_events(track):
            end = max(end, tick)
            if kind == TEMPO:
                changes.append((tick, int.from_bytes(value, "big")))
            elif kind == METER:
                meters.append((value[0], 2 ** value[1]))
    usual = lasting_tempo(sorted(changes, key=lambda change: change[0]), end)
    compound = bool(meters) and all(upper in {6, 9, 12} and lower == 8 for upper, lower in meters)
    return None if usual is None else 60e6 / usual / (1.5 if compound else 1)


def lasting_tempo(changes: list[tuple[int, int]], end: int) -> int | None:
    """Give the microseconds of a quarter that hold for nearly all of the time."""
    lasting: Counter[int] = Counter()
    for (start, tempo), (following, _) in zip(changes, [*changes[1:], (end, 0)], strict=True):
        lasting[tempo] += max(0, following - start) * tempo
    if not lasting or not sum(lasting.values()):
        return None
    usual = lasting.most_common(1)[0][0]
    near = sum(time for tempo, time in lasting.items() if abs(tempo / usual - 1) < 0.01)
    if near < STEADY * sum(lasting.values()):
        return None
    return usual


def meta_events(track: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give tick, kind and content of the meta events of a track, and of its end."""
    position, tick, status = 0, 0, 0

    def number() -> int:
        nonlocal position
        value = 0
        while True:
            byte = track[position]
            position += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    while position < len(track):
        tick += number()
        if track[position] >= 0x80:
            status = track[position]
            position += 1
        if status == 0xFF:
            kind = track[position]
            position += 1
            length = number()
            yield tick, kind, track[position : position + length]
            position += length
        elif status in {0xF0, 0xF7}:
            position += number()
        else:
            position += 1 if status & 0xF0 in {0xC0, 0xD0} else 2


SOUNDFONTS = ("/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/TimGM6mb.sf2")


def renderer() -> tuple[str, str] | None:
    """Give the program and the SoundFont, or None where one is missing."""
    program = shutil.which("fluidsynth")
    fonts = [font for font in SOUNDFONTS if Path(font).exists()]
    return (program, fonts[0]) if program and fonts else None


def render(path: Path, to: Path) -> None:
    """Play a MIDI file into a WAV file."""
    found = renderer()
    assert found is not None
    program, font = found
    command = [program, "-ni", "-g", "0.5", "-r", "44100", "-F", str(to), font, str(path)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=300)
