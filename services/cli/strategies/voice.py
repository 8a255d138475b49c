"""Says what a strategy holds in one language: numbers, lengths of time, events, days."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from babel import Locale
from babel.dates import format_date, get_day_names
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from projections.duration import DAY
from projections.strategy import Language
from services.cli.strategies.words import LANGUAGES
from services.insight.words import LANGUAGES as EVENTS

_UNITS = (("day", DAY), ("hour", 3600.0), ("minute", 60.0), ("second", 1.0))
_FELT = (1.0, 3.0, 6.0)
"""Points of health from which something moves a little, clearly, very much."""


class Voice:
    """One language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        own, shared = LANGUAGES[language], EVENTS[language]
        self.values: Mapping[str, str] = shared.VALUES
        self.bands: Mapping[str, str] = shared.BANDS
        self.dimensions: Mapping[str, str] = shared.DIMENSIONS
        self.breaches: Mapping[str, str] = own.BREACHES
        self.knots: Mapping[str, str] = own.KNOTS
        self.triggers: Mapping[str, str] = own.TRIGGERS
        self.treatment: Mapping[str, str] = own.TREATMENT
        self.outreach: Mapping[str, str] = own.OUTREACH
        self.knot_names: Mapping[str, str] = own.KNOT_NAMES
        self._events: Mapping[str, str] = shared.EVENTS
        self._texts: Mapping[str, str] = own.TEXTS
        self._quoted: str = shared.TEXTS["quoted"]
        self._conditions: Mapping[tuple[str, str | bool], str] = own.CONDITIONS
        self._strengths: Sequence[str] = own.STRENGTHS
        self._plurals: Mapping[str, str] = own.PLURALS
        self._plural = Locale.parse(language).plural_form

    def text(self, key: str, **values: object) -> str:
        """A sentence."""
        return self._texts[key].format(**values)

    def quoted(self, text: str) -> str:
        """A word as a word."""
        return self._quoted.format(text=text)

    def number(self, value: float) -> str:
        """A number, with a digit after the point where there is one."""
        return format_decimal(round(value, 1) + 0.0, format="#,##0.#", locale=self.language)

    def share(self, value: float) -> str:
        """A part of a whole."""
        return format_percent(value, locale=self.language)

    def points(self, value: float) -> str:
        """Points of health that are won or lost."""
        rounded = round(value, 1)
        sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
        return sign + self._plurals[self._plural(abs(rounded))].format(number=self.number(abs(rounded)))

    def strength(self, value: float) -> str:
        """How much so many points are."""
        return self._strengths[sum(abs(value) >= least for least in _FELT)]

    def length(self, seconds: float) -> str:
        """A length of time, in the largest unit of which it is a whole number; else in seconds."""
        name, unit = next((one for one in _UNITS if seconds % one[1] == 0), _UNITS[-1])
        return format_unit(seconds / unit, f"duration-{name}", length="long", locale=self.language)

    def event(self, name: str) -> str:
        """An event type."""
        return self._events[name]

    def case(self, name: str, where: Mapping[str, str | bool]) -> str:
        """An event type under conditions."""
        cases = [self._case(field, value) for field, value in where.items()]
        said = self.event(name)
        return self.text("case", event=said, cases=", ".join(cases)) if cases else said

    def _case(self, field: str, value: str | bool) -> str:
        if (field, value) in self._conditions:
            return self._conditions[field, value]
        return self.values.get(value, value) if isinstance(value, str) else f"{field} = {str(value).lower()}"

    def listed(self, names: Sequence[str]) -> str:
        """Several things, the last after «and»."""
        return format_list(names, locale=self.language)

    def either(self, names: Sequence[str]) -> str:
        """Several things of which one will do, the last after «or»."""
        return format_list(names, style="or", locale=self.language)

    def time(self, at: time) -> str:
        """A time of day."""
        return self.clock(timedelta(hours=at.hour, minutes=at.minute))

    def weekdays(self, days: Sequence[int]) -> str:
        """Days of the week, Monday being 0; such as follow each other from the first to the last."""
        names = get_day_names("wide", locale=self.language)
        if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
            return self.text("days", first=names[days[0]], last=names[days[-1]])
        return self.listed([names[day] for day in days])

    def clock(self, since_midnight: timedelta) -> str:
        """A time of day."""
        hours, minutes = divmod(int(since_midnight.total_seconds()) // 60, 60)
        if self.language == "fr":
            return f"{hours}\u00a0h\u00a0{minutes:02}" if minutes else f"{hours}\u00a0h"
        return f"{hours}:{minutes:02}"

    def date(self, day: date) -> str:
        """A day of a year."""
        return format_date(datetime(day.year, day.month, day.day), "d MMMM y", locale=self.language)  # noqa: DTZ001

    def region(self, code: str) -> str:
        """A country, or a part of one."""
        country, _, part = code.partition("-")
        name = Locale.parse(self.language).territories.get(country, country)
        return f"{name} ({part})" if part else name
