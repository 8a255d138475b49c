"""Where a publication stopped, kept in a small file, so that it can go on from there."""

import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from services.runtime.errors import Fatal

_SUFFIX = ".egard-publish"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known of a publication to continue it. It holds nothing of the events themselves."""

    format: Literal[1] = 1
    to: str
    """Where the events went."""
    size: int
    """The size of the input in bytes."""
    line: int
    """All lines up to this one have their answer."""
    lines: int
    """How many of them were not blank."""
    digest: str
    """SHA-256 of these lines."""
    refused: dict[str, int]
    """How many of them were refused, by reason."""
    shift_to: str | None
    """Where the newest event was to land, as it was asked for."""
    shift_us: int | None
    """How far all times move, in microseconds."""


_decode = msgspec.json.Decoder(Place).decode


class Shelf:
    """Where the place of one input is kept: beside it, or in the user's state folder if that cannot be."""

    def __init__(self, file: Path, environ: Mapping[str, str]) -> None:
        whole = file.absolute()
        state = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        name = f"{file.name}-{sha256(os.fsencode(whole)).hexdigest()[:12]}{_SUFFIX}"
        self._paths = [whole.with_name(whole.name + _SUFFIX), Path(state, "egard", name)]

    @property
    def where(self) -> Path:
        """The file that holds the place, or would."""
        return next((path for path in self._paths if path.is_file()), self._paths[0])

    def load(self) -> Place | None:
        """The place that was kept; None where there is none.

        Raises `Fatal` where what is kept cannot be read, or is no place.
        """
        for path in self._paths:
            try:
                return _decode(path.read_bytes())
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                continue
            except OSError as error:
                raise Fatal(f"{path} cannot be read: {error.strerror}.") from None
            except (msgspec.MsgspecError, UnicodeDecodeError):
                raise Fatal(
                    f"{path} does not say where a publication stopped; remove it, and publish from the "
                    "beginning."
                ) from None
        return None

    def save(self, place: Place) -> None:
        """Keeps a place: all of it, or the one before. Raises `OSError` where it can be kept nowhere."""
        body = msgspec.json.encode(place)
        beside, elsewhere = self._paths
        try:
            _replace(beside, body)
        except OSError:
            elsewhere.parent.mkdir(parents=True, exist_ok=True)
            _replace(elsewhere, body)

    def clear(self) -> None:
        """Forgets the place."""
        for path in self._paths:
            with suppress(OSError):
                path.unlink()


def _replace(path: Path, body: bytes) -> None:
    """Writes a file whole: whoever reads it finds what was there, or what is there now."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    try:
        unfinished.replace(path)
    except OSError:
        unfinished.unlink()
        raise
