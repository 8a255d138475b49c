"""Opening hours in words: channels that share them in one line."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from events import Channel
from projections.hours import Hours, Span
from projections.strategy import Strategy
from services.cli.strategies.voice import Voice


def openings(strategy: Strategy, voice: Voice) -> Iterator[str]:
    """When the channels are open."""
    alike: dict[Hours, list[Channel]] = {}
    for channel, hours in strategy.clock.items():
        alike.setdefault(hours, []).append(channel)
    for hours, channels in alike.items():
        said = voice.listed([voice.values[channel] for channel in channels])
        yield "• " + voice.text(
            "hours_of", channels=said, week=voice.text("between").join(_said(hours, voice))
        )


def _said(hours: Hours, voice: Voice) -> Iterator[str]:
    if hours.week is None:
        yield voice.text("always")
        return
    days: dict[tuple[Span, ...], list[int]] = {}
    for day, spans in enumerate(hours.week):
        if spans:
            days.setdefault(spans, []).append(day)
    for spans, some in days.items():
        yield f"{voice.weekdays(some)} {_spans(spans, voice)}"
    if not days:
        yield voice.text("never")
    yield voice.text("zone", zone=hours.zone)
    if hours.region is not None:
        yield voice.text("holidays", region=voice.region(hours.region))
    if hours.closed:
        said = [
            voice.date(first)
            if first == last
            else voice.text("range", first=voice.date(first), last=voice.date(last))
            for first, last in _runs(hours.closed)
        ]
        yield voice.text("closed", days=voice.listed(said))
    for date_, spans in hours.special:
        yield voice.text("special", day=voice.date(date_), spans=_spans(spans, voice))


def _spans(spans: Iterable[Span], voice: Voice) -> str:
    return voice.listed(
        [voice.text("span", opens=voice.clock(opens), closes=voice.clock(closes)) for opens, closes in spans]
    )


def _runs(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days that follow each other, as the first and the last of them."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
