"""The entry point of `egard`: it sees to Ctrl-C before it imports anything that takes time."""

import os
import signal
import sys
from typing import NoReturn

_INTERRUPTED = 130


def run() -> NoReturn:
    """Runs a command, and ends with its exit code, without a traceback: 130 after Ctrl-C, however early, and
    1 where whoever reads what it prints has gone, as `head` does."""
    before = signal.getsignal(signal.SIGINT)
    # Not so where somebody has us ignore it, as `nohup` and shell scripts do.
    if before is signal.default_int_handler:
        # Commands need a second of imports, and not everything that is imported lets an exception through.
        signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    from services.cli.commands import main

    try:
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, before)
        code = main()
        sys.stdout.flush()
        sys.exit(code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    run()
