"""How a worker is started: the command line and the environment of the child.

The child runs isolated (``-I``) and in the root folder, so that neither the current folder nor PYTHON* variables decide
what it imports. It gets this very copy of the package by its place, and after its own module path the absolute
entries of the parent's: a ``secrets.py`` beside the host's script must not stand in for the one that numpy wants.
The host's ``__main__`` is never imported.
"""

import os
import sys
from pathlib import Path
from typing import Final

import passagework
from passagework.workers.processes.worker import main

_BOOTSTRAP: Final = f"""
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
descriptor, place, *extra = sys.argv[1:]
sys.path += [entry for entry in extra if entry not in sys.path]
spec = PathFinder.find_spec("passagework", [place])
sys.modules["passagework"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["passagework"])
from {main.__module__} import {main.__name__}
{main.__name__}(int(descriptor))
"""

_ONE_THREAD: Final = (
    "BLIS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def worker_command(descriptor: int) -> list[str]:
    """Give the command of a worker that talks on the inherited socket ``descriptor``."""
    interpreter = [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}"]
    if sys.dont_write_bytecode:
        interpreter.append("-B")
    place = str(Path(passagework.__path__[0]).parent)
    extra = [entry for entry in sys.path if Path(entry).is_absolute()]
    return [*interpreter, "-c", _BOOTSTRAP, str(descriptor), place, *extra]


_TRIM: Final = "MALLOC_TRIM_THRESHOLD_"
"""With it glibc gives memory back all the time (mallopt(3)). dask sets it for its workers; decoding suffers by half."""


def worker_environment() -> dict[str, str]:
    """Give the environment of a worker: ours, with numeric libraries held to one thread, as workers are the threads."""
    ours = {name: value for name, value in os.environ.items() if name != _TRIM}
    return ours | dict.fromkeys(_ONE_THREAD, "1")
