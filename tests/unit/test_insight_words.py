"""How the pages of insight put what became of prompts into words."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from events import Data, OutreachPrompted, OutreachReleased, OutreachWithheld, make
from projections.outreach.looking import Ending
from projections.outreach.prompts import Withholding
from projections.trigger_rules import Triggers
from services.insight.words import english
from services.insight.words.speaker import Speaker


def _said(data: Data) -> str:
    event = make(
        data, subject="anna", source="/egard/outreach", id="1", time=datetime(2026, 3, 2, tzinfo=UTC)
    )
    return Speaker("en", "Europe/Paris").event(event)


def test_every_trigger_and_every_reason_of_a_prompts_end_has_words() -> None:
    """Nobody reads the name of a trigger, or why a prompt was withheld or ended, as programs write it."""
    named = {*Triggers.__struct_fields__, *get_args(Withholding), *get_args(Ending)}
    named |= {"lease", "off_shift", "machine"}  # why a prompt is open again
    assert named == english.OUTREACH.keys()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            OutreachPrompted(prompt_id="p", by="human", reason="first_contact"),
            "A colleague was prompted: it was their first contact",
        ),
        (
            OutreachPrompted(prompt_id="p", by="machine", reason="first_contact"),
            "A machine was prompted: it was their first contact",
        ),
        (
            OutreachWithheld(prompt_id="p", trigger="praised", reason="cap"),
            "Prompt withheld: the customer had praised us, there had been enough of it already",
        ),
        (
            OutreachReleased(prompt_id="p", reason="machine"),
            "The prompt is open again: the machine had not seen to it",
        ),
        (OutreachReleased(prompt_id="p", reason="I am ill"), "The prompt is open again: “I am ill”"),
    ],
)
def test_what_becomes_of_a_prompt_is_said_in_words(data: Data, said: str) -> None:
    """It says who was prompted and for what, or why nobody was; other people's words are quoted."""
    assert _said(data) == said
