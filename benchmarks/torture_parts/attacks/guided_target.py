"""A parser under a fuzzer that is guided by the branches it reaches: ``guided_target.py PARSER FOLDER SECONDS SEED``.

Runs until the time is over, or until an input breaks what must hold; that input is then in the folder.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["passagework"], enable_loader_override=False):
    from seams.parsers import PARSERS

from torture_parts.attacks.parsers import complaint_about


class BrokenError(Exception):
    """An input breaks what must hold."""


def main() -> None:
    """Fuzz."""
    name, folder, seconds, seed = sys.argv[1:]
    (parser,) = (one for one in PARSERS if one.name == name)

    def try_one(data: bytes) -> None:
        complaint = complaint_about(parser, data)
        if complaint is not None:
            raise BrokenError(complaint)

    options = [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        "-max_len=20000",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(Path(folder, "corpus"))], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
