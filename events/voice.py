"""The customer's voice, and an agent's own view: complaints, feedback, praise, suggestions, statements."""

from events.base import Data, Identifier, Instant, Scale, Text


class ComplaintRaised(Data, frozen=True, tag="egard.complaint.raised"):
    """The customer complained; `severity` runs from 0 to 100."""

    complaint_id: Identifier
    severity: Scale | None = None
    case_id: Identifier | None = None


class ComplaintSettled(Data, frozen=True, tag="egard.complaint.settled"):
    """We hold the complaint settled; `accepted` is the customer's word on it."""

    complaint_id: Identifier
    accepted: bool


class FeedbackGiven(Data, frozen=True, tag="egard.feedback.given"):
    """The customer gave a score, brought to 0 to 100 by the publisher."""

    score: Scale
    about: Text | None = None


class PraiseGiven(Data, frozen=True, tag="egard.praise.given"):
    """The customer thanked or praised us, or one of us."""

    agent_id: Identifier | None = None
    note: Text | None = None


class SuggestionMade(Data, frozen=True, tag="egard.suggestion.made"):
    """The customer proposed how to do better."""

    suggestion_id: Identifier


class SuggestionAdopted(Data, frozen=True, tag="egard.suggestion.adopted"):
    """We took up a customer's suggestion."""

    suggestion_id: Identifier


class SuggestionDeclined(Data, frozen=True, tag="egard.suggestion.declined"):
    """We will not take up a customer's suggestion."""

    suggestion_id: Identifier


class PerceptionStated(Data, frozen=True, tag="egard.perception.stated"):
    """How healthy the customer says the relationship is."""

    health: Scale


class JudgementMade(Data, frozen=True, tag="egard.judgement.made"):
    """How healthy an agent judges the relationship to be, until a date, and why."""

    health: Scale
    agent_id: Identifier
    reason: Text
    until: Instant
