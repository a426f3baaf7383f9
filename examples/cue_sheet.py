"""Read a library without an importer: where a player starts each passage, in samples, and how much it turns it down.

python examples/cue_sheet.py LIBRARY
"""

import sys
from pathlib import Path

from passagework import Library, display_path, samples_from_ticks

TARGET_LUFS = -18.0
PLAYER_RATE = 48_000


def main(library: str) -> None:
    """Print one line for each passage."""
    with Library.open(Path(library)) as opened:
        for passage in opened.passages():
            start, next_at = passage.start, passage.end - passage.lead_out
            gain = TARGET_LUFS - passage.loudness.integrated if passage.loudness.integrated is not None else 0.0
            print(
                f"{display_path(passage.path)}: play from sample {samples_from_ticks(start, PLAYER_RATE)} "
                f"with {gain:+.1f} dB, begin the next at {samples_from_ticks(next_at, PLAYER_RATE)}"
            )


if __name__ == "__main__":
    main(sys.argv[1])
