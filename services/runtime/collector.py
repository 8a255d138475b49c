"""Python's collector of cycles, in processes that make many objects and no cycles."""

import gc


def spare() -> None:
    """Lets Python look for cycles less often: a batch makes many objects, none of them in a cycle.

    At Python's own thresholds the projector spent most of its time in the collector. What is there when a
    process begins to work stays, and is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
