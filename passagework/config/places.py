"""Default locations of the user's files, and the number of cores that this process may use."""

import os
from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_state_path

_APPLICATION = "passagework"
_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def default_library() -> Path:
    """Return the library's default path: in ``$XDG_DATA_HOME`` on Linux, in the platform's data folder elsewhere."""
    return user_data_path(_APPLICATION, appauthor=False) / "library.passages"


def default_config_file() -> Path:
    """Return the path of the configuration file that is read if it exists."""
    return user_config_path(_APPLICATION, appauthor=False) / "config.toml"


def default_token_file() -> Path:
    """Return the path of the file with the hash of the token of ``passagework serve``."""
    return user_state_path(_APPLICATION, appauthor=False) / "serve-token"


def usable_cores(cpu_quota: Path = _CPU_QUOTA) -> int:
    """Count the cores that this process may use, at least 1.

    Respects the CPU affinity (``taskset``, systemd's ``CPUAffinity``) and, rounded up, the quota of a control group
    of version 2, which a container reads at ``cpu_quota`` ("max 100000" or "150000 100000": microseconds per period).
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        quota, period = cpu_quota.read_text(encoding="ascii").split()
        allowed = -(-int(quota) // int(period))
    except (OSError, ValueError):
        return cores
    return max(1, min(cores, allowed))
