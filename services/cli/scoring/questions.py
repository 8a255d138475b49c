"""Questions and answers, kept beside the journal: there may be more of them than fit in memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice

from projections.reading import Reading
from services.cli.scoring.queries import Query

_TABLES = """
    create table question (line integer primary key, customer text, time text, at real, least text);
    create table answer (
        line integer primary key,
        health real, recognition real, responsiveness real, confidence real, band text
    );
"""

# Agents have a ledger, not a relationship that is read; who was erased is nobody any more.
_EVERYONE = """
    insert into question (customer, time, at)
    select customer, ?1, ?2 from (select customer, min(at) as first from event group by customer)
    where first <= ?2 and substr(customer, 1, 6) <> 'agent:'
      and customer not in (select customer from erased where at <= ?2)
    order by customer
"""

_LEAST = """
    update question
    set least = coalesce((select least from person where person.customer = question.customer), customer)
"""

_ANSWERS = """
    select customer, time, health, recognition, responsiveness, confidence, band
    from question join answer using (line) order by line
"""

_AT_ONCE = 1000
"""How many instants are looked at together."""


class Questions:
    """Who is asked about and when, and what was read."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_TABLES)

    def ask(self, queries: Iterable[Query]) -> None:
        """Asks about a customer at a time, again and again."""
        self._database.executemany("insert into question (customer, time, at) values (?, ?, ?)", queries)

    def ask_about_everyone(self, time: str, at: float) -> None:
        """Asks about every customer that a sealed journal knows at an instant, in the order of their ids."""
        self._database.execute(_EVERYONE, (time, at))

    def sort(self) -> int:
        """Puts together who was ever linked, by the sealed journal; returns how many are left to look at."""
        self._database.execute(_LEAST)
        self._database.execute("create index question_order on question (least, at)")
        (count,) = self._database.execute("select count(distinct least) from question").fetchone()
        return int(count)

    def persons(self) -> Iterator[str]:
        """Everyone who is asked about; of those who were ever linked only the least id."""
        for (least,) in self._database.execute("select distinct least from question order by least"):
            yield least

    def instants(self, least: str) -> Iterator[list[float]]:
        """The instants that somebody is asked about at, in order, some at a time."""
        found = self._database.execute(
            "select distinct at from question where least = ? order by at", (least,)
        )
        while some := [at for (at,) in islice(found, _AT_ONCE)]:
            yield some

    def between(self, least: str, first: float, last: float) -> Iterator[tuple[int, str, float]]:
        """The questions about somebody from one instant to another: line, customer and instant."""
        return self._database.execute(
            "select line, customer, at from question where least = ? and at between ? and ?",
            (least, first, last),
        )

    def answer(self, line: int, reading: Reading) -> None:
        """Answers the question on a line."""
        self._database.execute(
            "insert into answer values (?, ?, ?, ?, ?, ?)",
            (
                line,
                reading.health,
                reading.recognition,
                reading.responsiveness,
                reading.confidence,
                reading.band,
            ),
        )

    def answers(self) -> Iterator[tuple[str, str, float, float, float, float, str]]:
        """The answers in the order of the questions: customer, time, four figures and the band."""
        return self._database.execute(_ANSWERS)
