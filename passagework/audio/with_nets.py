"""The analysis for ``flavor.level`` full: whoever imports it has loaded the nets, before the kernel confines it.

A worker that cannot import it gets no work.
"""

from passagework.audio.analyze import analyze_file
from passagework.audio.flavor.model_files import NoNets, installed_nets

__all__ = ["analyze_file"]

match installed_nets():
    case NoNets(reason=why):
        raise ImportError(why)
