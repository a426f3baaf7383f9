"""Never gets as far as offering an analysis; tells through a FIFO that it has come so far."""

import os
import signal
from pathlib import Path

if fifo := os.environ.get("HANGS_AT_IMPORT_FIFO"):
    Path(fifo).write_text(str(os.getpid()), encoding="ascii")
signal.pause()
