"""A journal for one run: every accepted event once, on disk, and read back matter by matter."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from events import (
    CustomerErased,
    Event,
    EventRetracted,
    JudgementMade,
    RecordContested,
    check_repetition,
    identity,
)
from projections.corrections import CORRECTIONS
from projections.evidence import Signal
from projections.fold import direct_signal
from projections.judgement import Judgement, judgement_of
from projections.knots import NAMED_TYPES
from projections.links import canonical, edges, word_of
from projections.matters import KINDS, Matter, matter_of
from projections.strategy import Strategy
from services.cli.scoring.spans import set_contested_aside

_TABLES = """
    create table event (
        line integer primary key, customer text, identity blob, at real, body blob,
        -- What it is part of: 0 stands by itself, n is the n-th kind of matter, -1 judges, null is context.
        kind integer,
        matter text, said blob,
        until real, -- when it was retracted, or first contested
        named integer, -- 1 where a knot may name it, 2 where it sets others aside, else null
        unique (customer, identity)
    );
    create table again ( -- spans in which an event counts again, after a contest was taken back
        customer text, kind integer, matter text, at real, identity blob, said blob, until real
    );
    create table retraction (customer text, target blob, at real);
    create table contest (customer text, identity blob, about text, at real);
    create table word (
        customer text, identity blob, one text, other text, drawn integer,
        at real, rank integer, id text, source text
    );
    create table erasure (customer text, at real);
    create table person (customer text primary key, least text) without rowid;
    create table erased (customer text primary key, at real) without rowid;
"""

_RETRACT = """
    update event set until = found.at
    from (select customer, target, min(at) as at from retraction group by customer, target) as found
    where event.customer = found.customer and event.identity = found.target
"""

_INDEXES = (
    "create index timeline on event (customer, kind, matter, at, identity, said, until)",
    "create index taken_back on event (customer, kind, matter, until, identity, at) where until is not null",
    "create index named on event (customer, named, at) where named is not null",
    "create index timeline_again on again (customer, kind, matter, at)",
    "create index person_least on person (least)",
    "create index word_one on word (one)",
)

# A matter whose event is set aside after it was known changes twice: the second entry says nothing.
_ENTRIES = """
    select kind, matter, at as since, identity, said, until from event
    where customer = ?1 and kind >= 0 and at <= ?2 and (until is null or until > at)
    union all
    select kind, matter, at, identity, said, until from again
    where customer = ?1 and kind >= 0 and at <= ?2
    union all
    select kind, matter, until, identity, null, null from event
    where customer = ?1 and kind > 0 and until > at and until <= ?2
    union all
    select kind, matter, until, identity, null, null from again
    where customer = ?1 and kind > 0 and until <= ?2
    order by kind, matter, since, identity
"""

_STILL_SAID = """
    select said from event
    where customer = ?1 and kind = ?2 and matter = ?3 and at <= ?4 and (until is null or until > ?4)
    union all
    select said from again
    where customer = ?1 and kind = ?2 and matter = ?3 and at <= ?4 and (until is null or until > ?4)
"""

_JUDGEMENTS = """
    select said from event
    where customer = ?1 and kind = -1 and at <= ?2 and (until is null or until > ?2)
    union all
    select said from again
    where customer = ?1 and kind = -1 and at <= ?2 and (until is null or until > ?2)
"""

_WORDS = """
    select word.one, word.other, word.drawn
    from person
    join word on word.one = person.customer
    join event on event.customer = word.customer and event.identity = word.identity
    where person.least = ? and word.at <= ? and (event.until is null or event.until > ?)
    order by word.at, word.rank, word.id, word.source
"""

_NAMED = "select body from event where customer = ? and named = ? and at <= ? order by at desc"

_encode = msgspec.msgpack.encode
_decode_signal = msgspec.msgpack.Decoder(Signal).decode
_decode_judgement = msgspec.msgpack.Decoder(Judgement).decode
_decode_matter = [msgspec.msgpack.Decoder(kind).decode for kind in KINDS]


_JUDGES = -1
"""The kind of what agents judge."""


class Entry(NamedTuple):
    """A moment at which something about one subject changes."""

    kind: int
    """0 for a signal that stands by itself; n for a matter of the n-th kind."""
    matter: str
    at: float
    identity: bytes
    said: bytes | None
    """What an event says; None where something is set aside."""
    until: float | None
    """When it is set aside."""

    def signal(self) -> Signal:
        """The signal of an event that stands by itself."""
        return _decode_signal(self.said or b"")

    def partial(self) -> Matter:
        """What an event says of its matter."""
        return _decode_matter[self.kind - 1](self.said or b"")


class Journal:
    """Accepts events, then answers what is known of whom at which instant."""

    def __init__(self, database: sqlite3.Connection, strategy: Strategy) -> None:
        self._database = database
        self._strategy = strategy
        self._linked = False
        self._judged = False
        database.executescript(_TABLES)

    def accept(self, event: Event, line: int) -> bool:
        """Keeps an event that came on a line; whether it is new.

        Raises `Refused` where its id was used for another event of the same subject.
        """
        name = event.identity
        kept = self._database.execute(
            "insert or ignore into event values (?, ?, ?, ?, ?, ?, ?, ?, null, ?)",
            (line, event.subject, name, event.at, event.body, *_said(event, self._strategy), _named(event)),
        )
        if kept.rowcount:
            self._note(event, name)
            return True
        (known,) = self._database.execute(
            "select body from event where customer = ? and identity = ?", (event.subject, name)
        ).fetchone()
        check_repetition(known, event)
        return False

    def _note(self, event: Event, name: bytes) -> None:
        """Keeps apart what concerns other events."""
        subject, at = event.subject, event.at
        if isinstance(event.data, EventRetracted):
            target = identity(event.data.source, event.data.id)
            self._database.execute("insert into retraction values (?, ?, ?)", (subject, target, at))
        elif isinstance(event.data, RecordContested):
            self._database.execute(
                "insert into contest values (?, ?, ?, ?)", (subject, name, event.data.about, at)
            )
        elif isinstance(event.data, JudgementMade):
            self._judged = True
        elif isinstance(event.data, CustomerErased):
            self._database.execute("insert into erasure values (?, ?)", (subject, at))
        word = word_of(event)
        if word is not None:
            (one, other), drawn = word
            self._database.execute(
                "insert into word values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (subject, name, one, other, drawn, *event.order),
            )

    def seal(self) -> None:
        """Puts what was accepted in order; after that, questions may be asked."""
        run = self._database.execute
        run(_RETRACT)
        set_contested_aside(self._database)
        for index in _INDEXES:
            run(index)
        # Those who were ever linked are looked at together, whether the link stands at an instant or not.
        together = canonical(run("select distinct one, other from word"))
        self._linked = bool(together)
        self._database.executemany("insert into person values (?, ?)", together.items())
        for subject, at in run("select customer, at from erasure"):
            least = together.get(subject, subject)
            persons = self.persons(least, at)
            for alias in self.aliases(least):
                if persons.get(alias, alias) == persons.get(subject, subject):
                    run(
                        "insert into erased values (?1, ?2) "
                        "on conflict (customer) do update set at = min(at, ?2)",
                        (alias, at),
                    )

    def aliases(self, least: str) -> list[str]:
        """The subjects that were ever linked with one, by the least of them; itself if there are none."""
        found = self._linked and self._database.execute(
            "select customer from person where least = ? order by customer", (least,)
        )
        return [row[0] for row in found or ()] or [least]

    def persons(self, least: str, at: float) -> dict[str, str]:
        """Which of these subjects are one person at an instant: each with the least id of its person."""
        if not self._linked:
            return {}
        words = self._database.execute(_WORDS, (least, at, at))
        return canonical(edges(((one, other), bool(drawn)) for one, other, drawn in words))

    def erased_at(self, subject: str) -> float:
        """When the subject was erased; infinity where it was not."""
        row = self._database.execute("select at from erased where customer = ?", (subject,)).fetchone()
        return float("inf") if row is None else float(row[0])

    def entries(self, subject: str, until: float) -> Iterator[Entry]:
        """What happened to one subject up to an instant: matter after matter, each in the order of time."""
        return map(Entry._make, self._database.execute(_ENTRIES, (subject, until)))

    def judgements(self, subject: str, at: float) -> list[Judgement]:
        """What agents judged of one subject until an instant, as far as it still stands then."""
        rows = self._judged and self._database.execute(_JUDGEMENTS, (subject, at))
        return [_decode_judgement(said) for (said,) in rows or ()]

    def rejoin(self, subject: str, entry: Entry) -> Matter | None:
        """The row of a matter without what is set aside then."""
        return self.matter(subject, entry.kind, entry.matter, entry.at)

    def named(self, subject: str, until: float) -> Iterator[bytes]:
        """One subject's events that knots may name, the latest first, whether they stand or not."""
        for (body,) in self._database.execute(_NAMED, (subject, 1, until)):
            yield body

    def corrections(self, subject: str, until: float) -> Iterator[bytes]:
        """One subject's events that set others aside."""
        for (body,) in self._database.execute(_NAMED, (subject, 2, until)):
            yield body

    def matter(self, subject: str, kind: int, name: str, at: float) -> Matter | None:
        """The row of a matter of the n-th kind at an instant, of what stands then."""
        row: Matter | None = None
        for (said,) in self._database.execute(_STILL_SAID, (subject, kind, name, at)):
            partial = _decode_matter[kind - 1](said)
            row = partial if row is None else row.merge(partial)  # type: ignore[arg-type]
        return row


def _named(event: Event) -> int | None:
    if isinstance(event.data, CORRECTIONS):
        return 2
    return 1 if event.type in NAMED_TYPES and event.data is not None else None


def _said(event: Event, strategy: Strategy) -> tuple[int | None, str, bytes | None]:
    """The kind, the matter's id, and what the event says of it, or by itself."""
    if isinstance(event.data, JudgementMade):
        return _JUDGES, "", _encode(judgement_of(event, event.data))
    found = matter_of(event)
    if found is not None:
        matter_id, partial = found
        return KINDS.index(type(partial)) + 1, matter_id, _encode(partial)
    signal = direct_signal(event, strategy)
    return (None, "", None) if signal is None else (0, "", _encode(signal))
