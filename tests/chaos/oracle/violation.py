"""Something that must not be."""

from typing import Literal

import msgspec

Kind = Literal[
    "answer",  # a service answered what it should not
    "lost",  # acknowledged, and not in the journal
    "doubled",  # in the journal more than once
    "strange",  # in the journal, and nobody sent it so
    "refused",  # a dead letter, or still in the outbox
    "reading",  # another reading, or other matters, than the events amount to
    "announcement",  # outside readers are told otherwise
    "prompt missing",
    "prompt doubled",
    "prompt without reason",
    "deadline",  # what is to fall due does not wait for it, or what is not to does
    "thanks",  # an agent was not told of praise, or told twice, or of none
    "action",  # what an agent did is not there once
    "alarm",  # a service says that something is wrong that should never be
    "verify",  # `egard verify` found a difference
    "standstill",  # what was begun does not come to an end
]


class Violation(msgspec.Struct, frozen=True):
    """Something that must not be, and what is known of it."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"
