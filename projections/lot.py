"""Lots: drawn by a stable hash, so that whoever draws the same one again gets the same answer."""

from hashlib import blake2b


def drawn(share: float, salt: str, *names: str | bytes) -> bool:
    """Whether a lot of this share falls on something; another salt, or another name, is another lot."""
    parts = [name if isinstance(name, bytes) else name.encode() for name in (salt, *names)]
    text = b"".join(b"%d:%b" % (len(part), part) for part in parts)
    return int.from_bytes(blake2b(text, digest_size=8).digest()) < share * 2.0**64
