"""Where analyses run, as ``analysis.executor`` names it."""

import re
from dataclasses import dataclass
from typing import Final

_PORTS: Final = range(1, 65_536)
_FACTORY: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class InProcesses:
    """Child processes of this machine, which can be killed."""


@dataclass(frozen=True, slots=True)
class Inline:
    """One thread of the importer's own process."""


@dataclass(frozen=True, slots=True)
class OnDask:
    """The workers of a dask cluster; ``host`` and ``port`` of its scheduler."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """The scheduler's address in dask's form."""
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class FromFactory:
    """A ``concurrent.futures.Executor`` that a callable of the host creates. ``target`` is ``module:name``."""

    target: str


ExecutorChoice = InProcesses | Inline | OnDask | FromFactory


def read_executor(text: str) -> ExecutorChoice:
    """Parse ``process``, ``inline``, ``dask:HOST:PORT`` or ``module:name``; ``ValueError`` names the valid forms.

    Write an IPv6 address in brackets.
    """
    if text == "process":
        return InProcesses()
    if text == "inline":
        return Inline()
    if text == "dask" or text.startswith("dask:"):
        host, _, port = text.removeprefix("dask").removeprefix(":").rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or "/" in host or not port.isascii() or not port.isdigit() or int(port) not in _PORTS:
            raise ValueError("must name the scheduler as dask:HOST:PORT")
        return OnDask(host, int(port))
    if _FACTORY.fullmatch(text):
        return FromFactory(text)
    raise ValueError("must be process, inline, dask:HOST:PORT or module:name")
