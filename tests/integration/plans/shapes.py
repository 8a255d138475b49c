"""The shape of a plan: which kinds of nodes, over which tables, by which indexes. No costs and no rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

from services.runtime.database import Connection
from tests.integration.plans.samples import parameters
from tests.integration.plans.statements import Place, staging

Node = Mapping[str, Any]

_PARENTS = """
select child.relname as child, parent.relname as parent
from pg_inherits
join pg_class as child on child.oid = inhrelid
join pg_class as parent on parent.oid = inhparent
"""

_GENERAL = """
create or replace function pg_temp.general_plan(statement text) returns text language plpgsql as $$
declare
    plan json;
begin
    execute 'explain (generic_plan, format json) ' || statement into plan;
    return plan;
end
$$
"""
"""Such a plan has placeholders for parameters; sent by itself, a statement that has them wants values."""

_BY_KEY = ("services/projector/", "services/outreach/")
"""Statements in transactions that `hold` opens: it has rows looked up by their keys."""

_ONE_BY_ONE = "services/projector/"
"""Those in transactions that `advance_position` goes on with: it has rows looked up one by one."""

_BESIDE = {
    *(
        ("services/projector/queries.sql", name)
        for name in ("unannounced", "positions", "keep_topic", "announced", "accept_gap")
    ),
    *(
        ("services/projector/erasure.sql", name)
        for name in ("under_way", "note_ends", "passed", "forget_names", "finish")
    ),
}
"""Which of the projector's are no part of such a transaction."""

_WHOLE = "all of "
"""What a line says that reads the whole of a table or an index."""


class Planner:
    """Asks for plans."""

    def __init__(self, connection: Connection, parents: Mapping[str, str]) -> None:
        self._connection = connection
        self._parents = parents

    @classmethod
    async def of(cls, connection: Connection) -> "Planner":
        """A planner of a database that holds what it will hold."""
        # On one core, without compiling: what a machine has to spare is no part of a shape. Nor is whether
        # the answers of a look-up are remembered: a sample of the rows decides that anew each time.
        await connection.execute(
            "set max_parallel_workers_per_gather = 0; set jit = off; set enable_memoize = off"
        )
        await connection.execute(_GENERAL)
        for text in staging():
            await connection.execute(text)
        rows = await connection.fetch(_PARENTS)
        return cls(connection, {row["child"]: row["parent"] for row in rows})

    async def shape(self, place: Place, statement: str) -> str:
        """The shape of a statement's plan for any parameters, and that for a large batch if it is another."""
        scans, joins = (
            "off" if place[0].startswith(some) and place not in _BESIDE else "on"
            for some in (_BY_KEY, _ONE_BY_ONE)
        )
        await self._connection.execute(
            f"set enable_seqscan = {scans}; set enable_hashjoin = {joins}; set enable_mergejoin = {joins}"
        )
        general = await self._connection.fetchval("select pg_temp.general_plan($1)", statement)
        given = await parameters(self._connection, place, statement)
        batch = await self._connection.fetchval(f"explain (format json) {statement}", *given)
        shapes = [self._shape(general), self._shape(batch)]
        return shapes[0] if shapes[0] == shapes[1] else "\nof a batch:\n".join(shapes)

    def _shape(self, plan: str) -> str:
        [found] = msgspec.json.decode(plan)
        return "\n".join(self._lines(found["Plan"]))

    def _lines(self, node: Node, depth: int = 0) -> Iterator[str]:
        yield "  " * depth + self._said(node)
        below = ["\n".join(self._lines(child, depth + 1)) for child in node.get("Plans", ())]
        # The parts of a table are read alike.
        for lines, alike in groupby(below):
            count = len(list(alike))
            head, end, rest = lines.partition("\n")
            yield f"{head} (×{count}){end}{rest}" if count > 1 else lines

    def _said(self, node: Node) -> str:
        """A node in a line."""
        kind = node["Node Type"]
        words = [node.get("Operation", kind) if kind == "ModifyTable" else kind]
        if node.get("Join Type", "Inner") != "Inner":
            words.append(node["Join Type"].lower())
        words += self._index(node)
        name = node.get("Relation Name") or node.get("Function Name") or node.get("CTE Name")
        if name is not None:
            words += ["on", _WHOLE + self._parent(name) if kind == "Seq Scan" else self._parent(name)]
        arbiters: Sequence[str] = node.get("Conflict Arbiter Indexes", ())
        if arbiters:
            words += ["unless in", ", ".join(map(self._parent, arbiters))]
        said = " ".join(words)
        return f"{node['Subplan Name']}: {said}" if "Subplan Name" in node else said

    def _index(self, node: Node) -> list[str]:
        if "Index Name" not in node:
            return []
        name = self._parent(node["Index Name"])
        return ["by", name if "Index Cond" in node else _WHOLE + name]

    def _parent(self, name: str) -> str:
        return self._parents.get(name, name)


def indexes_in(shape: str) -> set[str]:
    """The indexes that a plan of some shape uses, to find rows or to see that there are none."""
    return set(re.findall(rf"\b(?:by|unless in) (?:{_WHOLE})?(\w+)", shape))


def read_whole(shape: str) -> set[str]:
    """The tables and indexes that a plan of some shape reads from end to end."""
    return set(re.findall(rf"{_WHOLE}(\w+)", shape))
