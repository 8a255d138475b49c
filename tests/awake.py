"""The shipped strategy without its quiet hours: what a test shows does not depend on the hour of its run."""

import re
from functools import cache
from pathlib import Path

from projections.strategy import Strategy, parse
from services.runtime.settings import DEPLOY

_QUIET = re.compile(rb"(?<=\[outreach\.quiet\]\n)begins = \S+\nends = \S+\n")
_NEXT_TO_NONE = b"begins = 03:00:00\nends = 03:00:00.000001\n"
"""Quiet hours end at another time than they begin: this is the least there can be of them."""


def awake_text() -> bytes:
    """The file, as it is written."""
    text, count = _QUIET.subn(_NEXT_TO_NONE, (DEPLOY / "strategy.toml").read_bytes())
    assert count == 1, "the shipped strategy has its quiet hours elsewhere"
    return text


@cache
def awake() -> Strategy:
    """The strategy of a house that may be heard of at any hour."""
    return parse(awake_text())


def awake_file(folder: Path) -> Path:
    """The file, for processes that read it; it lies in a folder."""
    path = folder / "awake.strategy.toml"
    path.write_bytes(awake_text())
    return path
