"""The command line and the environment of a worker process.

The child runs isolated (``-I``) and in the root folder, so neither the current folder nor PYTHON* variables affect
its imports. It loads this copy of the package by its path. The absolute entries of the parent's module path follow its
own: a ``secrets.py`` beside the host's script must not shadow the standard module that numpy imports.
The host's ``__main__`` is never imported.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import passagework

_BOOTSTRAP: Final = """
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
what, descriptor, place, *extra = sys.argv[1:]
sys.path += [entry for entry in extra if entry not in sys.path]
spec = PathFinder.find_spec("passagework", [place])
sys.modules["passagework"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["passagework"])
from importlib import import_module
module, function = what.split(":")
getattr(import_module(module), function)(int(descriptor))
"""

_ONE_THREAD: Final = (
    "BLIS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


_WORKER: Final = "passagework.workers.processes.worker:main"
"""Not loaded here: it takes what the analysis takes."""


def worker_command(descriptor: int) -> list[str]:
    """Return the command of a worker that talks on the inherited socket ``descriptor``."""
    return named_command(_WORKER, descriptor)


def python_command(main: Callable[[int], object], descriptor: int) -> list[str]:
    """Return the command of a process that runs a function of this package on an inherited socket."""
    return named_command(f"{main.__module__}:{main.__name__}", descriptor)


def named_command(function: str, descriptor: int) -> list[str]:
    """Return the same command of a function that is named, as ``module:function``, and not loaded here."""
    interpreter = [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}"]
    if sys.dont_write_bytecode:
        interpreter.append("-B")
    place = str(Path(passagework.__path__[0]).parent)
    extra = [entry for entry in sys.path if Path(entry).is_absolute()]
    return [*interpreter, "-c", _BOOTSTRAP, function, str(descriptor), place, *extra]


_KEPT_MEMORY: Final = {"MALLOC_TRIM_THRESHOLD_": str(64 * 2**20), "MALLOC_MMAP_THRESHOLD_": str(16 * 2**20)}
"""Have glibc keep what a file needed for the next one (mallopt(3)), instead of fetching thousands of pages for each.

dask sets the first one low for its workers, which halves decoding speed.
"""


def worker_environment() -> dict[str, str]:
    """Return the environment of a worker: ours, with numeric libraries limited to one thread."""
    return {**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), **_KEPT_MEMORY}
