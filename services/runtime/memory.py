"""Memory of processes that make many objects, and no cycles of them."""

import ctypes
import gc

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Only glibc has it, and only glibc needs it: other libraries keep less back."""


def spare() -> None:
    """Lets Python look for cycles less often: a batch makes many objects, none of them in a cycle.

    At Python's own thresholds the projector spent most of its time in the collector. What is there when a
    process begins to work stays, and is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def give_back() -> None:
    """Gives memory back that nobody uses: after a burst glibc keeps most of it for the next one.

    This takes some milliseconds.
    """
    if _trim is not None:
        _trim(0)
