"""Load what libraries would load at its first use: a confined process can open no modules later."""

import codecs
from contextlib import suppress
from importlib import import_module
from typing import Final

_MODULES: Final = (
    *("av.audio.codeccontext", "av.audio.stream", "av.subtitles.codeccontext", "av.subtitles.stream"),
    *("av.video.codeccontext", "av.video.stream", "numpy.fft", "numpy.ma"),
)
"""Imported by PyAV for the streams of a container, and by numpy for its attributes. Not every version has all."""

_ENCODINGS: Final = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16-be", "utf-16-le")
"""The encodings of tags."""


def load_the_rest(*, nets: bool) -> None:
    """Import the modules, look up the encodings, which are modules too, load the second decoder, read the weights.

    ``nets``: also those of the trained nets, if they are installed.
    """
    for name in _MODULES:
        with suppress(ImportError):
            import_module(name)
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    # Not before: the process that opens the files needs none of this.
    import_module("passagework.audio.decoding.second_decoder").load_second_decoder()
    import_module("passagework.audio.joins.net").shipped()
    if nets:
        import_module("passagework.audio.flavor.model_files").installed_nets()
