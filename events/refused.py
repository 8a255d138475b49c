"""A refusal: why an event is not accepted, where, and what would have been."""

from typing import Literal

Reason = Literal[
    "not_json",
    "envelope_invalid",
    "time_invalid",
    "time_ahead",
    "name_too_long",
    "body_too_large",
    "data_invalid",
    "id_reused",
]
"""Why an event is refused: a key for machines, beside the sentence for people."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """An event that is not accepted, and why.

    `reason` is one of `Reason`; `pointer` is a JSON pointer (RFC 6901) to the place; `accepted` says what
    would have been right.
    """

    def __init__(self, reason: Reason, detail: str, *, pointer: str = "", accepted: str = "") -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail
        self.pointer = pointer
        self.accepted = accepted
