"""A prompt's row as agents see it: in words, with what they may do."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from projections.links import Person
from projections.strategy import Strategy
from services.desk.answers import Brief, EventRef, Fact, Owed, Prompt
from services.desk.words import latitude, sentence
from services.runtime.present import Clock
from services.runtime.settings import Settings


class Shower:
    """Shows prompts in the language of the house, on the clock of the business."""

    def __init__(self, settings: Settings, strategy: Strategy, clock: Clock) -> None:
        self._clock = clock
        self._language = settings.language
        self._customer_url = settings.customer_url
        self._zone = ZoneInfo(strategy.hours.timezone)
        self._offered_for = timedelta(seconds=strategy.outreach.team.offered_for)

    def show(self, row: Mapping[str, Any], person: Person) -> Prompt:
        """A row as the API answers it."""
        facts = msgspec.json.decode(row["facts"])
        brief = None if row["brief"] is None else msgspec.json.decode(row["brief"])
        why = [facts["why"], *facts["facts"]]
        now = self._clock()
        lapsed = row["state"] == "claimed" and row["lease_until"] < now
        is_open = lapsed or row["state"] == "open"
        until = None if row["offered_at"] is None else row["offered_at"] + self._offered_for
        offered = is_open and row["offered_to"] is not None and until is not None and now < until
        held = row["state"] == "claimed" and not lapsed
        left = max(0.0, row["gesture"] - row["gesture_spent"])
        return Prompt(
            id=row["prompt_id"],
            customer=row["customer"],
            aliases=[name for name in person.members if name != row["customer"]],
            trigger=row["trigger"],
            by=row["by"],
            state="open" if lapsed else row["state"],
            priority=row["priority"],
            minutes=row["minutes"],
            prompted_at=row["prompted_at"],
            cause_at=row["cause_at"],
            agent_id=None if is_open else row["agent_id"],
            lease_until=row["lease_until"] if held else None,
            offered_to=row["offered_to"] if offered else None,
            offered_until=until if offered else None,
            offered_why=row["offered_why"] if offered else None,
            snoozed_until=row["snoozed_until"],
            snoozed_for=row["snoozed_for"],
            withheld=row["withheld"],
            decline_reason=row["decline_reason"],
            minutes_spent=row["minutes_spent"],
            why=self._text(why[0]),
            facts=self._facts(why),
            brief=None if brief is None else self._brief(brief),
            latitude=latitude(self._language, left),
            gesture_left=left,
            customer_url=self._record(row["customer"]),
        )

    def _brief(self, brief: Mapping[str, Any]) -> Brief:
        return Brief(
            story=self._facts(brief["story"]),
            told=self._facts(brief["told"]),
            promises=[self._owed(one) for one in brief["promises"]],
            wishes=self._facts(brief["wishes"]),
            felt=self._facts(brief["felt"]),
            openings=self._facts(brief["openings"]),
        )

    def _facts(self, some: Iterable[Mapping[str, Any]]) -> list[Fact]:
        return [Fact(**self._fact(one)) for one in some]

    def _owed(self, one: Mapping[str, Any]) -> Owed:
        said = one["parameters"]
        return Owed(
            **self._fact(one),
            promise_id=said["promise_id"],
            what=said["what"],
            due=datetime.fromisoformat(said["due"]),
        )

    def _fact(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "text": self._text(one),
            "source": one["source"],
            "id": one["id"],
            "at": datetime.fromisoformat(one["at"]),
            "beside": [EventRef(ref["source"], ref["id"]) for ref in one.get("beside", ())],
        }

    def _text(self, fact: Mapping[str, Any]) -> str:
        return sentence(fact, self._language, self._zone)

    def _record(self, customer: str) -> str | None:
        url = self._customer_url
        return None if url is None else url.replace("{customer}", quote(customer, safe=""))
