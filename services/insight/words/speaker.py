"""Puts events, matters and readings into words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import ModuleType
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from events import (
    Event,
    OutreachExpired,
    OutreachPrompted,
    OutreachReleased,
    OutreachWithheld,
    PerceptionStated,
)
from projections.explanation import Explanation, Remedy, Subject
from projections.grouping import Group, events_of
from projections.knots import Knot
from projections.matters import Complaint, Contact, Matter, Promise
from services.insight.words import english, french, knots_english, knots_french
from services.runtime.settings import Language
from services.runtime.typography import typeset

LANGUAGES: dict[Language, ModuleType] = {"en": english, "fr": french}
"""The words of each language."""

_KNOTS: dict[Language, ModuleType] = {"en": knots_english, "fr": knots_french}

_KEYS: tuple[str, ...] = ("channel", "by", "cause", "how", "what", "kind", "reaction", "wants", "contact_by")
"""Fields whose value may be a word of the language's own, to be put into ours."""

_WORDS = ("reason", "what", "why", "occasion", "about", "key", "value", "where", "note", "purpose", "alias")
"""Fields that hold other people's words, to be quoted."""

_SCALES = ("score", "health", "severity")

_LONGEST_WAIT = 10 * 365 * 86_400
"""Seconds; a publisher may say anything, and nobody reads further."""


class Speaker:
    """Says things in one language, on the clock of the business."""

    def __init__(self, language: Language, zone: str) -> None:
        self._language = language
        self._zone = ZoneInfo(zone)
        module = LANGUAGES[language]

        def words(name: str) -> dict[str, str]:
            return typeset(getattr(module, name), language)

        knots = _KNOTS[language]
        self.texts = words("TEXTS") | typeset(knots.TEXTS, language)
        self.knots = typeset(knots.NAMES, language)
        self._tied = typeset(knots.TIED, language)
        self._exits = typeset(knots.EXITS, language)
        self.bands = words("BANDS")
        self.ledger = words("LEDGER")
        self.dimensions = words("DIMENSIONS")
        self._events = words("EVENTS")
        self._values = words("VALUES")
        self._outreach = words("OUTREACH")
        self._states = words("STATES")
        self._mending = words("MENDING")
        self._groups = words("GROUPS")

    def text(self, key: str, **values: object) -> str:
        """A text of the pages."""
        return self.texts[key].format(**values)

    def word(self, value: str) -> str:
        """A word of the language's own, such as a channel or a trigger, in ours; another as it is."""
        return self._values.get(value) or self._outreach.get(value, value)

    def number(self, value: float, digits: int = 1) -> str:
        """A number with some digits after the point."""
        return format_decimal(round(value, digits) + 0.0, format=_pattern(digits), locale=self._language)

    def signed(self, value: float, digits: int = 1) -> str:
        """A number that says which way it goes."""
        rounded = round(value, digits)
        said = self.number(abs(rounded), digits)
        return f"+{said}" if rounded > 0 else f"−{said}" if rounded < 0 else f"±{said}"

    def share(self, value: float) -> str:
        """A part of a whole."""
        return format_percent(value, locale=self._language)

    def when(self, moment: datetime) -> str:
        """A moment, to the minute."""
        return format_datetime(moment.astimezone(self._zone), "d MMM y, HH:mm", locale=self._language)

    def day(self, moment: datetime) -> str:
        """A day, without its year."""
        return format_date(moment.astimezone(self._zone), "d MMM", locale=self._language)

    def days(self, count: float) -> str:
        """A length of time in whole days."""
        return format_unit(round(count), "duration-day", length="long", locale=self._language)

    def ago(self, days: float) -> str:
        """How long ago, in whole days."""
        whole = round(days)
        if not whole:
            return self.texts["today"]
        past = timedelta(days=-whole)
        # Days even where they are many: the length beside it is in days too.
        return format_timedelta(
            past, granularity="day", threshold=float("inf"), add_direction=True, locale=self._language
        )

    def event(self, event: Event) -> str:
        """What an event says, in a line."""
        said = self._events.get(event.type, event.type)
        match event.data:
            case OutreachPrompted(by=by):
                said = self.texts["machine_prompted"] if by == "machine" else said
                return self._with(said, self._of_prompt(event.data))
            case OutreachWithheld() | OutreachExpired() | OutreachReleased():
                return self._with(said, self._of_prompt(event.data))
        return self._with(said, self._details(event))

    def subject(self, about: Subject) -> str:
        """An event, where a matter stands and what it was about, or what ties knots."""
        if about.knots:
            return self._with(self.texts["knot"], [self.tied(knot) for knot in about.knots])
        if about.matter is None or about.state is None:
            return self.event(about.events[0])
        return self._with(self._state(about.matter, about.state), self._topic(about))

    def group(self, group: Group) -> str:
        """What a group of lines is about: a line alone says it by itself."""
        if group.kind == "moments":
            said = self._events.get(group.name, group.name)
            count = len(group.lines)
            return self.subject(group.lines[0].about) if count == 1 else self.times(said, count)
        if len(group.lines) == 1 and group.kind != "case":
            return self.subject(group.lines[0].about)
        topic = next((text for event in events_of(group.lines) if (text := _topic_of(event))), None)
        said = self._groups[group.kind].format(name=group.name)
        return self._with(said, [] if topic is None else [self._quoted(topic)])

    def times(self, said: str, count: int) -> str:
        """Something that happened several times."""
        return self.text("times", said=said, count=self.number(count, 0))

    def summary(self, found: Explanation, groups: Sequence[Group], *, looking_back: bool) -> list[str]:
        """An explanation in a few sentences: from where to where, by what most, and what would raise it."""
        sum_of = "why_sum_then" if looking_back else "why_sum"
        said = [self.text(sum_of, prior=self.number(found.prior), health=self.number(found.reading.health))]
        against = min(groups, key=lambda group: group.points, default=None)
        speaking = max(groups, key=lambda group: group.points, default=None)
        if against is not None and against.points < 0:
            said.append(self._moved("why_against", self.group(against), against.points))
        if speaking is not None and speaking.points > 0:
            said.append(self._moved("why_for", self.group(speaking), speaking.points))
        if found.remedies:
            said.append(self._moved("why_raise", self.remedy(found.remedies[0]), found.remedies[0].points))
        return said

    def _moved(self, key: str, what: str, points: float) -> str:
        return self.text(key, what=what, points=self.signed(points))

    def tied(self, knot: Knot) -> str:
        """What ties a knot."""
        said = self._tied[_way(knot)]
        return said if knot.about is None else f"{said} ({self._quoted(knot.about)})"

    def exit(self, knot: Knot) -> str:
        """What unties it."""
        return self._exits[_way(knot)]

    def remedy(self, remedy: Remedy) -> str:
        """What could be done."""
        return self._with(self._mending[remedy.mending], self._topic(remedy.about))

    def _with(self, said: str, details: list[str]) -> str:
        return self.text("with_details", said=said, details=", ".join(details)) if details else said

    def _quoted(self, text: str) -> str:
        return self.texts["quoted"].format(text=text)

    def _of_prompt(
        self, data: OutreachPrompted | OutreachWithheld | OutreachExpired | OutreachReleased
    ) -> list[str]:
        """What a prompt was for, and why it was withheld or ended: our words for ours, others quoted."""
        trigger = data.trigger if isinstance(data, OutreachWithheld) else None
        return [
            self._outreach.get(value) or self._quoted(value)
            for value in (trigger, data.reason)
            if value is not None
        ]

    def _details(self, event: Event) -> list[str]:
        if event.data is None:
            return []
        fields = msgspec.structs.asdict(event.data)
        keyed = [
            self._values[value]
            for name in _KEYS
            if isinstance(value := fields.get(name), str) and value in self._values
        ]
        quoted = [
            self._quoted(value)
            for name in _WORDS
            if isinstance(value := fields.get(name), str) and not (name in _KEYS and value in self._values)
        ]
        scaled = [
            f"{self.number(value, 0)} {self.texts['of_100']}"
            for name in _SCALES
            if (value := fields.get(name)) is not None
        ]
        return [*keyed, *scaled, *quoted]

    def _topic(self, about: Subject) -> list[str]:
        match about.matter:
            case Contact(attempted=attempt) if attempt is not None and attempt.reason:
                return [self._quoted(attempt.reason)]
            case Promise(made=pledge) if pledge is not None:
                return [self._quoted(pledge.what)]
            case Contact() | Promise() | Complaint():
                # Nothing says what it was about: its id at least tells it from others.
                return [about.matter_id or ""]
        return []

    def _state(self, matter: Matter, state: str) -> str:
        if not isinstance(matter, Contact):
            return self._states[state]
        channels = [part.channel for part in (matter.attempted, matter.missed, matter.answered) if part]
        channel = next((name for name in channels if name), "other")
        wait = _wait(matter)
        if wait is None or state not in ("answered", "returned"):
            return self._states[state].format(channel=self._values[channel])
        said = format_timedelta(wait, threshold=1.2, locale=self._language)
        return self._states[f"{state}_after"].format(channel=self._values[channel], wait=said)


def _topic_of(event: Event) -> str | None:
    """What an event says that it is about, in its publisher's words."""
    fields = (getattr(event.data, name, None) for name in ("reason", "what"))
    return next((text for text in fields if isinstance(text, str) and text), None)


def _way(knot: Knot) -> str:
    """The kind of a knot; of the two ways to a misunderstanding, which."""
    stated = any(isinstance(event.data, PerceptionStated) for event in knot.evidence)
    return "stated" if stated else knot.kind


def _wait(contact: Contact) -> int | None:
    """Seconds on the wall clock from the attempt to the answer, where both are known."""
    ends = [part for part in (contact.answered, contact.returned) if part is not None]
    if not ends:
        return None
    end = min(ends)
    if end is contact.answered and contact.answered.waited_s is not None:
        wait = contact.answered.waited_s
    elif contact.attempted is not None:
        wait = end.at - contact.attempted.at
    else:
        return None
    return round(min(max(wait, 0.0), _LONGEST_WAIT))


def _pattern(digits: int) -> str:
    return "#,##0." + "0" * digits if digits else "#,##0"
