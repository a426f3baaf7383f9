"""The entry point. It takes interrupts and shortages before anything heavy is imported."""

import os
import sys

from passagework.cli.start_up import INTERRUPTED, leave_at_once_on_interrupt, shortage, was_interrupted

_FAILED = 1


def main() -> None:
    """Run the command line and exit with its code."""
    leave_at_once_on_interrupt()
    # For lack of memory for each of its threads OpenBLAS ends the process, in words of its own.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # To find plugins, of which we use none, pydantic reads about every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        # An interrupt meanwhile, or too little memory for it, is no reason for a traceback.
        from passagework.cli.group import run_command  # noqa: PLC0415

        code = run_command()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        if was_interrupted(error):
            code = INTERRUPTED
        elif (lack := shortage(error)) is not None:
            # In ASCII: for escapes of anything else there may be no memory.
            sys.stderr.write(f"passagework: out-of-resources: {ascii(lack)[1:-1]}\n")
            code = _FAILED
        else:
            raise
    sys.exit(code if isinstance(code, int) else 0)
