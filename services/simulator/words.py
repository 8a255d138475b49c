"""What people say: reasons, promises, facts, refusals. Data, no behaviour."""

from dataclasses import dataclass

from services.simulator.staff import Team


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a customer gets in touch."""

    text: str
    team: Team
    difficulty: float
    """From 0 (anyone can solve it at once) to 1."""
    promise: str
    """What an agent promises when it cannot be solved at once."""
    open_hours: float
    """How many opening hours ahead such a promise falls due, usually."""
    refusal: tuple[str, str] | None = None
    """What may have to be refused, and the why of it."""


REASONS = (
    Reason("the bill is higher than expected", "accounts", 0.35, "check the bill and call back", 9.5),
    Reason("charged twice this month", "accounts", 0.45, "refund the second payment", 28.5),
    Reason("a refund that has not come", "accounts", 0.55, "find the refund and write", 19.0),
    Reason(
        "waiving the cancellation fee",
        "accounts",
        0.50,
        "ask for a decision and call back",
        19.0,
        ("waive the cancellation fee", "the line was installed free of charge for a year's contract"),
    ),
    Reason("change of bank account", "accounts", 0.10, "confirm the change in writing", 9.5),
    Reason(
        "a parent has died, and the contract is in their name", "accounts", 0.50, "transfer it myself", 28.5
    ),
    Reason("no connection since this morning", "technical", 0.60, "send a technician", 14.0),
    Reason("the connection drops every evening", "technical", 0.70, "have the line measured", 19.0),
    Reason("slow connection upstairs", "technical", 0.40, "send a repeater", 28.5),
    Reason("how to set up the box", "technical", 0.15, "call back and set it up together", 4.0),
    Reason("the technician did not come", "technical", 0.55, "a new appointment, confirmed by phone", 6.0),
    Reason("wrong number on the caller display", "technical", 0.30, "correct it in the exchange", 19.0),
    Reason("moving house", "moves", 0.40, "open the new line on the day of the move", 60.0),
    Reason("keeping the number", "moves", 0.45, "confirm the date of the transfer", 28.5),
    Reason("the box has not arrived", "moves", 0.50, "trace the parcel and call back", 9.5),
    Reason(
        "a cheaper plan",
        "moves",
        0.25,
        "send the comparison",
        9.5,
        ("the new customers' price", "it pays for a first installation, and yours is done"),
    ),
    Reason("opening a line for a shop", "moves", 0.50, "visit and make an offer", 38.0),
)
REASON_WEIGHTS = (12, 6, 5, 3, 5, 1, 9, 8, 6, 7, 4, 2, 7, 3, 4, 6, 1)

OUTAGE = Reason("no connection: is it the area?", "technical", 0.25, "a message when it is back", 4.0)

FACTS = (
    ("best_time", "after 16:00, works in the mornings"),
    ("hearing", "hard of hearing: speak slowly, on the right"),
    ("household", "twins since March"),
    ("access", "second gate on the left, the bell does not work"),
    ("spelling", "two l in the surname"),
    ("work", "works from home, cannot be cut off on weekdays"),
    ("health", "oxygen at home depends on the line"),
    ("language", "easier in English"),
    ("contact", "write first, call only if it is urgent"),
    ("history", "with us since the first line in the village"),
)

DISRUPTIONS = ("cut fibre in the street", "power failure at the exchange", "storm damage", "planned works")
GESTURES = (
    ("a month free", 30.0),
    ("delivered the box in person", 18.0),
    ("a handwritten card", 3.0),
    ("kept the shop open for them", 12.0),
    ("lent a spare box for the week", 8.0),
)
OCCASIONS = ("ten years with us", "birthday", "the new shop opens", "first year together")
THANKS = ("your patience", "telling us", "your trust", "coming back to us")
PRAISE = (
    "took the time to listen",
    "called back when they said they would",
    "knew what it was about before I said a word",
    "said no, and explained why",
    "solved in five minutes what took three weeks",
)
JUDGEMENTS_LOW = (
    "has been sent from desk to desk",
    "polite, and has stopped asking",
    "one more slip and they go",
)
JUDGEMENTS_HIGH = ("laughs with us again", "brought us a neighbour", "says they would rather stay")
FRICTION_PLACES = ("the page on moving house", "the contact page", "the outage map", "the form for refunds")
FEEDBACK_ABOUT = "your last contact"
AFTERCARE = (
    "an hour away from the phone",
    "a talk about this afternoon",
    "a colleague beside you on the next call",
)
