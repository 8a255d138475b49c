"""The process between us and a server we started: it stops the server when we go, however we go.

It is run as a script, `python -I -S guard.py SIGNALS PATIENCE COMMAND…`, by `services.embedded.leash`, and so
imports the standard library only. Its standard input is the leash: a pipe that nobody writes to. When the
pipe closes, because we closed it or because we died (SIGKILL included), the server gets each of SIGNALS in
turn, with PATIENCE seconds to obey. Its standard output is one line, the server's process id. When it ends,
the server and all the server's children have ended; its exit code is the server's (128 + n after signal n).

Why not `PR_SET_PDEATHSIG`: it fires when the *thread* that started the server ends, which thread pools do at
will; it needs code between fork and exec, unsafe in a program with threads; it is Linux only; and it sends
one signal, where a stuck server needs a second, harder one.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def main(signals: list[str], patience: float, command: list[str]) -> int:
    """Run `command` until it ends or the leash is cut; return the exit code to leave with.

    Args:
        signals: Names of the signals that stop the server, the gentlest first ("SIGINT", …).
        patience: Seconds the server has after each signal.
        command: The server and its arguments; it writes where our standard error goes.
    """
    adopt_orphans()
    # S603: the command is our own parent's.
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)  # noqa: S603
    # A system that shuts down signals everybody at once; we leave after the server, not before. Set only now,
    # because an ignored signal stays ignored across exec, and a JVM would then never hear it.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(server.pid, flush=True)  # noqa: T201 (our protocol)
    os.close(sys.stdout.fileno())

    def obey() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        for name in signals:
            server.send_signal(signal.Signals[name])
            server.send_signal(signal.SIGCONT)  # a frozen server hears nothing but SIGKILL
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(patience)
                return

    threading.Thread(target=obey, daemon=True).start()
    code = server.wait()
    end_orphans()
    return code if code >= 0 else 128 - code


def adopt_orphans() -> None:
    """Become the parent of what the server leaves behind when it is killed (Linux; elsewhere init does)."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans() -> None:
    """Kill what the server left behind, which might else work on for hours; return when all have ended."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    with contextlib.suppress(ChildProcessError):
        while True:
            for orphan in children.read_text().split() if children.exists() else []:
                os.kill(int(orphan), signal.SIGKILL)
            os.wait()


if __name__ == "__main__":
    # os._exit: the thread above may still sit in its read, and there is nothing to flush.
    os._exit(main(sys.argv[1].split(","), float(sys.argv[2]), sys.argv[3:]))
