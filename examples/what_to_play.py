"""A player that asks what is next, and reports what it plays.

python examples/what_to_play.py LIBRARY [COUNT]

It plays nothing: it prints when each passage would begin, how loud, and why it was chosen. No import may be running.
"""

import datetime as dt
import sys
from pathlib import Path

from passagework import Importer, display_path, load_settings, seconds


def main(library: str, count: int) -> None:
    """Choose some passages, one after the other, from now on."""
    settings = load_settings(overrides={"library.path": str(Path(library).absolute())})
    at, ends, before = dt.datetime.now(dt.UTC), dt.datetime.now(dt.UTC), None
    with Importer(settings) as importer:
        for _ in range(count):
            found = importer.library.next(before, ends, explain=True, settings=settings)
            if found.passage is None:
                print("nothing can be played" if found.free_at is None else f"silence until {found.free_at:%H:%M:%S}")
                return
            # It begins before the one that plays until then ends.
            at = ends if found.crossfade is None else at + dt.timedelta(seconds=seconds(found.crossfade.after))
            passage, why = found.passage, found.explanation
            gain = 0.0 if found.gain_db is None else found.gain_db
            chance = 1.0 if why is None else why.share
            print(f"{at:%H:%M:%S} {display_path(passage.path)} with {gain:+.1f} dB, chosen at {chance:.0%}")
            importer.library.played(passage.guid, at)
            ends, before = at + dt.timedelta(seconds=seconds(passage.end - passage.start)), passage.guid


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)  # noqa: PLR2004 - the program, and two arguments
