"""Make MIDI files of scores in Humdrum's **kern, with the key that their editors state.

    python benchmarks/flavor_scores.py SCORES TO [--program 0] [--most 100]

SCORES is a folder of .krn files, such as those of the repositories bach-370-chorales, mozart-piano-sonatas,
beethoven-string-quartets and chopin-mazurkas of craigsapp. TO gets a .mid for each of at most so many, evenly taken in
the order of their names, and truth.json: the first key that is stated in each. Every piece is played once through in
one tempo, which its first marking states, or 100. ``--program`` is the instrument of General MIDI.
"""

import json
import re
import struct
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from harness import arguments, parsed

TICKS = 480
"""In a quarter."""
STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
ALTERED = {"#": 1, "-": -1, "n": 0}
KEY = re.compile(r"\*([a-gA-G])([#-]*):")
NOTE = re.compile(r"(?P<length>\d+(?:%\d+)?)(?P<dots>\.*).*?(?P<pitch>r|[a-gA-G]+)(?P<altered>[#n-]*)")


@dataclass
class Note:
    """A pitch of MIDI, sounding from and to a time in quarters."""

    pitch: int
    start: Fraction
    end: Fraction


@dataclass
class Score:
    """What is read of a score; ``key`` such as "9 minor", pitch classes from C."""

    key: str | None = None
    tempo: float = 100.0
    meter: tuple[int, int] | None = None
    notes: list[Note] = field(default_factory=list)


def main() -> None:
    parser = arguments(__doc__, program=0, most=100)
    parser.add_argument("scores", type=Path)
    parser.add_argument("to", type=Path)
    wanted = parsed(parser, most=3)
    wanted.to.mkdir(parents=True, exist_ok=True)
    paths = sorted(wanted.scores.rglob("*.krn"))
    truth = {}
    for path in paths[:: max(1, len(paths) // wanted.most)][: wanted.most]:
        score = read(path.read_text("utf-8", errors="replace"))
        if score.key is None or len(score.notes) < 40:
            continue
        name = f"{path.stem}.mid"
        (wanted.to / name).write_bytes(midi(score, wanted.program))
        truth[name] = score.key
    (wanted.to / "truth.json").write_text(json.dumps(truth, indent=1))
    print(f"{len(truth)} scores of {len(paths)}")


def read(text: str) -> Score:
    """Read the notes of all **kern spines, without grace notes."""
    score = Score()
    spines: list[str] = []
    ends: list[Fraction] = []
    now = Fraction(0)
    for line in text.splitlines():
        tokens = line.split("\t")
        if not line or line.startswith(("!", "=")):
            continue
        if line.startswith("**"):
            spines, ends = tokens, [Fraction(0)] * len(tokens)
        elif line.startswith("*"):
            stated(score, line)
            spines, ends = moved(tokens, spines, ends)
        elif len(tokens) == len(spines):
            before = now
            for number, token in enumerate(tokens):
                if spines[number] == "**kern" and token != "." and (length := sounded(score, token, now)):
                    ends[number] = now + length
            later = [end for end, kind in zip(ends, spines, strict=True) if kind == "**kern" and end > before]
            now = min(later, default=now)
    return score


def stated(score: Score, line: str) -> None:
    """Take the key, the tempo and the meter of a line that interprets, where there was none."""
    if score.key is None and (found := KEY.search(line)):
        step = STEPS[found[1].lower()] + sum(ALTERED[sign] for sign in found[2])
        score.key = f"{step % 12} {'major' if found[1].isupper() else 'minor'}"
    if not score.notes:
        if found := re.search(r"\*MM(\d+)", line):
            score.tempo = float(found[1])
        if found := re.search(r"\*M(\d+)/(\d+)(?!\d)", line):
            score.meter = int(found[1]), int(found[2])


def moved(tokens: list[str], spines: list[str], ends: list[Fraction]) -> tuple[list[str], list[Fraction]]:
    """Follow spines that split, join and end."""
    kinds: list[str] = []
    times: list[Fraction] = []
    joining = False
    for token, kind, end in zip(tokens, spines, ends, strict=False):
        if token == "*v" and joining:
            times[-1] = max(times[-1], end)
            continue
        joining = token == "*v"
        copies = {"*^": 2, "*-": 0}.get(token, 1)
        kinds += [token if token.startswith("**") else kind] * copies
        times += [end] * copies
    return kinds, times


def sounded(score: Score, token: str, now: Fraction) -> Fraction | None:
    """Add the notes of a token, and give how long the first is; None for grace notes."""
    lasting = None
    for part in token.split(" "):
        found = NOTE.search(part)
        if found is None or "q" in part.lower():
            continue
        over, _, under = found["length"].partition("%")
        length = Fraction(4 * int(under or 1), int(over)) if int(over) else Fraction(8)
        length *= 2 - Fraction(1, 2 ** len(found["dots"]))
        lasting = length if lasting is None else lasting
        letters = found["pitch"]
        if letters == "r":
            continue
        octave = 3 + len(letters) if letters.islower() else 4 - len(letters)
        pitch = 12 * (octave + 1) + STEPS[letters[0].lower()] + sum(ALTERED[sign] for sign in found["altered"])
        if "_" in part or "]" in part:
            held = next((note for note in reversed(score.notes) if note.pitch == pitch and note.end == now), None)
            if held is not None:
                held.end = now + length
                continue
        score.notes.append(Note(pitch, now, now + length))
    return lasting


def midi(score: Score, program: int) -> bytes:
    """Write one track."""
    events = [(0, 0, b"\xff\x51\x03" + round(60e6 / score.tempo).to_bytes(3, "big")), (0, 0, bytes((0xC0, program)))]
    if score.meter is not None and score.meter[1] in {1, 2, 4, 8, 16}:
        upper, lower = score.meter
        events.append((0, 0, bytes((0xFF, 0x58, 4, upper, lower.bit_length() - 1, 24, 8))))
    for note in score.notes:
        events.append((round(note.start * TICKS), 2, bytes((0x90, note.pitch, 80))))
        events.append((round(note.end * TICKS), 1, bytes((0x80, note.pitch, 0))))
    track, last = b"", 0
    for tick, _, event in sorted(events):
        track += variable(tick - last) + event
        last = tick
    track += b"\x00\xff\x2f\x00"
    return struct.pack(">4sIHHH4sI", b"MThd", 6, 0, 1, TICKS, b"MTrk", len(track)) + track


def variable(number: int) -> bytes:
    """Write a number as MIDI does, seven bits a byte."""
    written = bytes((number & 0x7F,))
    while number := number >> 7:
        written = bytes((number & 0x7F | 0x80,)) + written
    return written


if __name__ == "__main__":
    main()
