"""Check whether the trained nets are there, which an import can do without."""

from passagework.audio.flavor.model_files import NoNets, load_nets
from passagework.doctor.finding import Finding


def examine_nets(*, wanted: bool) -> Finding:
    """Read the weights from the installed package itself. A damaged one is a fault; so is none, where it is wanted."""
    found = load_nets(None)
    if isinstance(found, NoNets):
        return Finding("trained nets", ok=not (found.installed or wanted), detail=found.reason)
    return Finding("trained nets", ok=True, detail=f"musicnn 0.1.0, weights {found.weights}")
