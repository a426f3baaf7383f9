"""How to install what is missing, in words that hold however Passagework itself was installed."""

import shlex
import sys


def install_words(*packages: str) -> str:
    """Return the command that installs packages beside this Passagework: with the Python that runs it."""
    return f"{shlex.quote(sys.executable)} -m pip install {shlex.join(packages)}"
