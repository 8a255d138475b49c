"""Progress of the study on standard error: a bar where somebody watches, a line where nobody does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

Told = Callable[[int], None]
"""Hears how much of a step is done."""


@contextmanager
def step(label: str, total: int) -> Iterator[Told]:
    """A step of the study, of which so much is to be done."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"{label} …", soft_wrap=True)
        yield lambda done: None  # noqa: ARG005 - a line was enough
        return
    with Progress(console=console) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done: progress.update(task, completed=done)
        progress.update(task, completed=total)
