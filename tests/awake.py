"""The shipped strategy without its quiet hours: what a test shows does not depend on the hour of its run."""

import re
from functools import cache
from pathlib import Path

from projections.strategy import Strategy, parse
from services.runtime.settings import DEPLOY

_QUIET = re.compile(rb"(?<=\[outreach\.quiet\]\n)begins = \S+\nends = \S+\n")
_TABLES = re.compile(rb"^(?=\[)", re.MULTILINE)
_NEXT_TO_NONE = b"begins = 03:00:00\nends = 03:00:00.000001\n"
"""Quiet hours end at another time than they begin: this is the least there can be of them."""


def awake_text(*triggers: str) -> bytes:
    """The file, as it is written; with some triggers only, where some are named."""
    text, count = _QUIET.subn(_NEXT_TO_NONE, (DEPLOY / "strategy.toml").read_bytes())
    assert count == 1, "the shipped strategy has its quiet hours elsewhere"
    if not triggers:
        return text
    kept = {f"triggers.{name}".encode() for name in triggers}
    return b"".join(
        part
        for part in _TABLES.split(text)
        if not part.startswith(b"[triggers.") or part[1:].partition(b"]")[0] in kept
    )


@cache
def awake() -> Strategy:
    """The strategy of a house that may be heard of at any hour."""
    return parse(awake_text())


def awake_file(folder: Path, *triggers: str) -> Path:
    """The file, for processes that read it; it lies in a folder."""
    path = folder / "awake.strategy.toml"
    path.write_bytes(awake_text(*triggers))
    return path
