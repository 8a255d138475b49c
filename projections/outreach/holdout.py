"""The lot of the holdout: of some prompts nothing is made, so that it can be seen whether the others help.

It is drawn last, when nothing else speaks against a prompt, and kept with the prompt: those held out and
those given differ by the lot alone.
"""

from hashlib import blake2b


def held_out(customer: str, trigger: str, episode: str, share: float, salt: str) -> bool:
    """Whether the lot holds a prompt out, of which `share` (0 to 1) are to be.

    `customer` is the canonical id. The lot follows from what it is drawn for: whoever draws it again, on
    whatever machine, draws the same. Each trigger and each episode has a lot of its own, another salt draws
    all anew, and with a larger share the same ones are held out, and more.
    """
    return _lot(salt, trigger, customer, episode) < share


def _lot(*parts: str) -> float:
    """A number from 0 to below 1, as if by chance; another one for other parts."""
    spelled = [part.encode() for part in parts]
    drawn = blake2b(
        b"".join(b"%d:%b" % (len(part), part) for part in spelled), digest_size=8, person=b"egard.holdout"
    )
    # The 53 bits that a float holds: none of them is rounded up to 1.
    return (int.from_bytes(drawn.digest(), "big") >> 11) / 2.0**53
