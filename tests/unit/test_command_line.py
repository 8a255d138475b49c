"""The command `egard` itself: how it begins, and how it ends when it is interrupted."""

import os
import subprocess
import sys

import pytest

from services.cli.demo import exports
from services.runtime.settings import Settings
from tests.processes import ROOT

_INTERRUPTED_WHILE_IMPORTING = """
import os, signal, sys

signal.signal(signal.SIGINT, {before})

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "services.cli.publish":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
sys.argv = ["egard", "--version"]
from services.cli.main import run
run()
"""


def test_the_demo_tells_a_shell_where_its_broker_and_database_are() -> None:
    """Pasted as they stand, its lines give other commands the addresses, whatever stands in them."""
    settings = Settings(kafka="127.0.0.1:4711", database="postgres://egard:a$b@127.0.0.1:4712/egard?x=1&y=2")
    script = "\n".join([*exports(settings), 'printf "%s %s" "$EGARD_KAFKA" "$EGARD_DATABASE"'])
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{settings.kafka} {settings.database}"


@pytest.mark.parametrize(
    ("before", "code", "said"),
    [("signal.default_int_handler", 130, ""), ("signal.SIG_IGN", 0, "0.1.0\n")],
)
def test_an_early_interrupt_ends_the_command_without_a_word(before: str, code: int, said: str) -> None:
    """Ctrl-C while modules are imported is exit code 130; where it is to be ignored, the command goes on."""
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_WHILE_IMPORTING.format(before=before)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, said, "")


def test_a_reader_who_has_seen_enough_ends_the_command_without_a_word() -> None:
    """What goes into a pipe that nobody reads any more, as after `| head`, brings no traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "services.cli.main", "strategy", "explain"]
    with os.fdopen(writer, "wb") as nobody:
        done = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, cwd=ROOT)
    assert (done.returncode, done.stderr) == (1, b"")
