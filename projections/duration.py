"""Lengths of time as people write them."""


class Duration(float):
    """A length of time in seconds; written in the file as «20 s», «5 min», «8 h» or «14 days»."""
