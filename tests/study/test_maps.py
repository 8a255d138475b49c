"""The maps of the shared files: every row accounted for, every event accepted, nothing claimed too much."""

import csv
import gzip
import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

from events import ComplaintSettled, ContactClosed, Event, PromiseMade, decode
from projections.matters import Contact, Matter, Promise, matter_of
from services.cli.importing.outcomes import convert_file
from services.cli.importing.recipes import Skipped

MAPS = Path(__file__).parent
DATA = Path(__file__).parents[3] / "shared" / "data"
NOW = datetime(2026, 11, 22, tzinfo=UTC)

PARTLY = 20_000
"""How many rows are enough for what does not need the whole file."""


class Imported(NamedTuple):
    """A file converted: its events, and an account of its rows."""

    rows: int
    events: list[Event]
    skipped: Counter[str]
    refused: Counter[str]


def rows_of(name: str, rows: int | None) -> io.BytesIO:
    """A shared file, or its first rows. Skips the test where it is absent."""
    path = DATA / f"{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"{name}.csv.gz is not here: the shared data lies outside the repository.")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        return io.BytesIO("".join(islice(text, None if rows is None else rows + 1)).encode())


def imported(name: str, rows: int | None = None, *, table: io.BytesIO | None = None) -> Imported:
    """Converts a shared file by its map."""
    stream = rows_of(name, rows) if table is None else table
    found = Imported(0, [], Counter(), Counter())
    count = 0
    for one in convert_file(stream, (MAPS / f"{name}.map.toml").read_text(encoding="utf-8"), arrived=NOW):
        count += 1
        if isinstance(one.result, list):
            found.events.extend(decode(event.line, arrived=NOW) for event in one.result)
        elif isinstance(one.result, Skipped):
            found.skipped[one.result.reason] += 1
        else:
            found.refused[one.result.reason] += 1
    return found._replace(rows=count)


def matters(events: list[Event]) -> dict[tuple[str, type[Matter], str], Matter]:
    """The matters of each subject."""
    found: dict[tuple[str, type[Matter], str], Matter] = {}
    for event in events:
        named = matter_of(event)
        if named is not None:
            name, matter = named
            key = (event.subject, type(matter), name)
            known = found.get(key)
            found[key] = matter if known is None else known.merge(matter)  # type: ignore[arg-type]
    return found


def types(events: list[Event]) -> Counter[str]:
    """How many events there are of each type, without the family's prefix."""
    return Counter(event.type.removeprefix("egard.") for event in events)


def identities(events: list[Event]) -> Iterator[tuple[str, bytes]]:
    """What must not come twice."""
    return ((event.subject, event.identity) for event in events)


@pytest.fixture(scope="module")
def service_desk() -> Imported:
    """The whole of the service desk's file."""
    return imported("service_desk")


@pytest.fixture(scope="module")
def incidents() -> Imported:
    """The whole of the IT desk's file."""
    return imported("it_incidents")


@pytest.fixture(scope="module")
def complaints() -> Imported:
    """The whole of the complaints' file."""
    return imported("complaints")


# -------------------------------------------------------------------------------------------- service desk


def test_every_row_of_the_service_desk_gives_an_event(service_desk: Imported) -> None:
    """414,591 rows give an event each, and 4,781 resolutions that end a wait a second one."""
    assert service_desk.rows == 414_591
    assert not service_desk.skipped
    assert not service_desk.refused
    assert types(service_desk.events) == {
        "customer.informed": 198_150,
        "contact.attempted": 112_683,
        "contact.answered": 58_084,
        "contact.closed": 32_233,
        "praise.given": 18_222,
    }


def test_no_event_of_the_service_desk_shares_its_identity(service_desk: Imported) -> None:
    """Rows that the file repeats to the millisecond are still events of their own."""
    assert len(set(identities(service_desk.events))) == len(service_desk.events)


def test_the_service_desk_says_nothing_of_being_named(service_desk: Imported) -> None:
    """Names and courtesies of replies are kept with the event; no event of recognition is made from them."""
    assert not any(event.type.startswith("egard.recognition.") for event in service_desk.events)
    assert sum(b'"names_customer":true' in event.body for event in service_desk.events) == 30_362


def test_an_answer_of_the_service_desk_always_ends_a_wait(service_desk: Imported) -> None:
    """A contact that was answered was attempted before, and a reply that nobody waited for answers none."""
    contacts = [matter for matter in matters(service_desk.events).values() if isinstance(matter, Contact)]
    answered = [contact for contact in contacts if contact.answered is not None]
    assert len(answered) == types(service_desk.events)["contact.answered"]
    assert all(
        contact.attempted is not None
        and contact.answered is not None
        and contact.attempted.at <= contact.answered.at
        for contact in answered
    )


def test_who_still_waits_at_the_service_desk_was_never_answered(service_desk: Imported) -> None:
    """8,272 contacts that nobody took up, and 6,045 whose customer resolved the case alone."""
    contacts = matters(service_desk.events).items()
    waiting = {name for (_, _, name), matter in contacts if isinstance(matter, Contact) and matter.open}
    closed = {event.data.contact_id for event in service_desk.events if isinstance(event.data, ContactClosed)}
    assert (len(waiting - closed), len(waiting & closed)) == (8_272, 6_045)


def test_the_wait_at_the_service_desk_is_the_one_its_tracker_counted() -> None:
    """It begins with the first unanswered words; where these were thanks, or closed the case, later."""
    rows = csv.DictReader(io.TextIOWrapper(rows_of("service_desk", PARTLY), encoding="utf-8"))
    said = {
        f"{row['case']}/team.reply/{row['time']}/0": float(row["reply_latency_s"])
        for row in rows
        if row["reply_latency_s"]
    }
    contacts = matters(imported("service_desk", PARTLY).events).values()
    waits = [
        (contact.answered.at - contact.attempted.at, said[contact.answered.id])
        for contact in contacts
        if isinstance(contact, Contact)
        if contact.answered is not None and contact.attempted is not None and contact.answered.id in said
    ]
    assert len(waits) > 1000
    assert all(wait <= latency + 1 for wait, latency in waits)
    assert sum(wait >= latency - 1 for wait, latency in waits) > 0.98 * len(waits)


# --------------------------------------------------------------------------------------------- complaints


def test_every_complaint_gives_its_story(complaints: Imported) -> None:
    """Each row is its own customer, who was answered or missed, and to whom a word was kept or broken."""
    assert complaints.rows == 29_037
    assert not complaints.skipped
    assert not complaints.refused
    assert types(complaints.events) == {
        "contact.attempted": 29_037,
        "complaint.raised": 29_037,
        "promise.made": 29_037,
        "contact.closed": 29_037,
        "contact.answered": 28_899,
        "promise.kept": 28_899,
        "contact.retold": 26_574,
        "contact.missed": 138,
        "promise.broken": 138,
    }
    assert len(set(identities(complaints.events))) == len(complaints.events)
    assert len({event.subject for event in complaints.events}) == complaints.rows


def test_nothing_of_a_complaint_is_made_from_the_verdict_that_a_study_foretells() -> None:
    """With `resolvida`, `nota` and `avaliada` scrambled, the events are the same byte for byte."""
    table = list(csv.reader(io.TextIOWrapper(rows_of("complaints", PARTLY), encoding="utf-8", newline="")))
    secret = [table[0].index(name) for name in ("avaliada", "resolvida", "nota")]
    for row in table[1:]:
        for place in secret:
            row[place] = "scrambled"
    written = io.StringIO()
    csv.writer(written).writerows(table)
    scrambled = imported("complaints", table=io.BytesIO(written.getvalue().encode()))
    assert [event.body for event in scrambled.events] == [
        event.body for event in imported("complaints", PARTLY).events
    ]
    assert not any(isinstance(event.data, ComplaintSettled) for event in scrambled.events)


def test_an_answer_on_the_tenth_day_keeps_the_platforms_word(complaints: Imported) -> None:
    """The tenth day counts whole: 7,018 answers came on it, and are in time."""
    promises = [matter for matter in matters(complaints.events).values() if isinstance(matter, Promise)]
    days = Counter(
        timedelta(seconds=promise.kept.at - promise.made.at + 7200).days
        for promise in promises
        if promise.kept is not None and promise.made is not None and promise.kept.at <= promise.made.due
    )
    assert max(days) == 10
    assert days[10] == 7018
    made = next(event for event in complaints.events if isinstance(event.data, PromiseMade))
    assert isinstance(made.data, PromiseMade)
    assert made.data.due.isoformat() == "2014-05-17T23:59:59-03:00"


# ---------------------------------------------------------------------------------------------- incidents


def test_every_update_of_an_incident_is_accounted_for(incidents: Imported) -> None:
    """Most updates say nothing that a caller would notice, and are counted as that; 29 name no caller."""
    assert incidents.rows == 119_998
    assert not incidents.refused
    assert incidents.skipped == {
        "an update that says nothing new of the customer's matter": 39_277,
        "nobody is named as the caller": 29,
    }
    assert types(incidents.events) == {
        "contact.closed": 21_314,
        "contact.answered": 20_769,
        "contact.transferred": 20_515,
        "promise.kept": 12_592,
        "promise.broken": 8_173,
        "contact.attempted": 36,
    }


def test_a_fact_of_an_incident_is_written_once(incidents: Imported) -> None:
    """However many updates repeat it."""
    assert len(set(identities(incidents.events))) == len(incidents.events)


def test_an_incident_is_kept_or_broken_as_made_sla_says_at_its_end(incidents: Imported) -> None:
    """One outcome for each incident and caller, the same as in the last row that names them."""
    text = io.TextIOWrapper(rows_of("it_incidents", None), encoding="utf-8")
    last = {(row["caller_id"], row["number"]): row for row in csv.DictReader(text)}
    outcome = defaultdict(set)
    for event in incidents.events:
        if event.type.startswith("egard.promise."):
            outcome[event.subject, event.id.partition("/")[0]].add(event.type)
    assert len(outcome) == 20_765
    for key, found in outcome.items():
        assert found == {"egard.promise.kept" if last[key]["made_sla"] == "true" else "egard.promise.broken"}


def test_what_was_resolved_and_reopened_is_said_not_to_be_resolved(incidents: Imported) -> None:
    """276 rises of `reopen_count`, each after the day the desk first held the incident resolved."""
    reopened = [
        event
        for event in incidents.events
        if isinstance(event.data, ContactClosed) and not event.data.resolved
    ]
    assert len(reopened) == 276
    first = {event.id: event.time for event in incidents.events if "/resolved/0" in event.id}
    assert all(
        event.time >= first[f"{event.id.partition('/')[0]}/resolved/0"]
        for event in reopened
        if f"{event.id.partition('/')[0]}/resolved/0" in first
    )


def test_days_and_months_of_an_incident_are_not_confused(incidents: Imported) -> None:
    """The file says day/month/year: no incident is from before the log began, or after it ended."""
    times = [event.time for event in incidents.events]
    assert min(times) >= datetime(2016, 2, 29, tzinfo=UTC)
    assert max(times) < datetime(2017, 2, 19, tzinfo=UTC)
