"""How much memory processes hold, as Linux tells it in /proc."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil


class Resident(NamedTuple):
    """What a process and its children hold, in bytes."""

    now: int
    """VmRSS: what is in memory, shared libraries included."""
    most: int
    """VmHWM: the most that ever was."""
    share: int
    """Pss: what is in memory, where a page that n processes share counts 1/n."""


def resident(pid: int) -> Resident:
    """What a process and its children hold. Raises `OSError` where it has ended."""
    found = [
        _of(one) for one in (pid, *(child.pid for child in psutil.Process(pid).children(recursive=True)))
    ]
    return total(found)


def total(some: Sequence[Resident]) -> Resident:
    """What several hold together; no more than that, where they had their most at different times."""
    return Resident(*(sum(column) for column in zip(*some, strict=True)))


def larger(one: Resident, other: Resident) -> Resident:
    """Of two processes that did the same work one after the other, the larger figures."""
    return Resident(*map(max, one, other))


def parsed(status: str, rollup: str) -> Resident:
    """From the texts of `/proc/<pid>/status` and `/proc/<pid>/smaps_rollup`.

    Raises `ValueError` where they do not say it.
    """
    return Resident(_bytes(status, "VmRSS"), _bytes(status, "VmHWM"), _bytes(rollup, "Pss"))


def _of(pid: int) -> Resident:
    folder = Path("/proc") / str(pid)
    return parsed((folder / "status").read_text(), (folder / "smaps_rollup").read_text())


def _bytes(text: str, name: str) -> int:
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == name:
            number, unit = value.split()
            if unit != "kB":
                raise ValueError(f"{name} is in {unit}, not in kB")
            return int(number) * 1024
    raise ValueError(f"{name} is not told")
