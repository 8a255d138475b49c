"""Fills every table of the real schema with so many rows that a plan which reads them all costs too much.

What stands in a column follows from its type; where a plan depends on what it holds, or a constraint asks for
it, `_HELD` says what. So a new table or column is filled by itself.
"""

from collections.abc import Mapping, Sequence

from services.runtime.database import Connection

CUSTOMERS = 40_000
"""Customers there are; a batch of a sample's batch is as large a part of them as 2,000 are of a million."""

_SMALL = {"positions": 8, "folded_by": 3, "strategies": 20, "api_keys": 20, "erasures": 50, "erasing": 50}
"""Tables that stay small, with their rows; every other one has a row for each customer, or more."""

_KEPT = ("schema_migrations", "erasure_key", "cadence")
"""Tables that the migrations fill."""

_ROWS = {"journal": 3, "promises": 3, "contacts": 3, "complaints": 3, "history": 3}
"""Rows for each customer, where there are several. For the planner a session's own table has ten pages,
however few rows it holds: that must be a small part of what it is joined with."""

_BANDS = "(array['thriving', 'steady', 'drifting', 'strained', 'unknown'])[1 + n % 5]"

_HELD: Mapping[str, str] = {
    # Corrections and links, and what ledgers are made of, are few among the events.
    "journal.type": "case n % 500 when 0 then 'egard.event.retracted' when 1 then 'egard.record.contested' "
    "when 2 then 'egard.customer.linked' when 3 then 'egard.customer.unlinked' "
    "when 4 then 'egard.contact.retold' when 5 then 'egard.recognition.overlooked' "
    "else 'egard.contact.answered' end",
    "journal.kafka_partition": "n % 8",
    # Few matters are open.
    "contacts.answered": "case when n % 20 <> 0 then {value} end",
    "contacts.returned": "case when n % 50 = 0 then {value} end",
    "promises.kept": "case when n % 20 <> 0 then {value} end",
    "promises.released": "case when n % 50 = 0 then {value} end",
    "promises.broken": "case when n % 50 = 1 then {value} end",
    # A twentieth of all ids is an alias.
    "relationships.canonical": "case when n % 20 = 1 then 'customer-' || lpad((n - 1)::text, 9, '0') end",
    "history.canonical": "case when n % 50 = 1 then 'customer-' || lpad((n - 1)::text, 9, '0') end",
    "links.customer": "'customer-' || lpad((n % 10000)::text, 9, '0')",
    "links.alias": "'visitor:' || n",
    "relationships.band": _BANDS,
    "history.band": _BANDS,
    "prompts.state": "case when n % 200 = 0 then 'open' when n % 200 = 1 then 'claimed' "
    "when n % 10 = 2 then 'withheld' else 'done' end",
    "prompts.by": "case when n % 20 = 0 then 'machine' else 'human' end",
    # The lot falls on some, and few are not measured yet.
    "prompts.arm": "case n % 10 when 3 then 'held_out' when 4 then 'given' end",
    "prompts.measured_at": "case when n % 100 > 10 then {value} end",
    "prompts.trigger": "case n % 50 when 3 then 'surprise' else 'trigger ' || n % 15 end",
    "prompts.strategy": "'2026-' || n % 7",
    "prompts.reaction": "case when n % 50 <> 0 then 'unknown' end",
    "prompts.withheld": "case when n % 10 = 2 then 'stale' end",
    "prompts.subjects": "case when n % 50 = 0 then array['customer-' || lpad(n::text, 9, '0')] end",
    "dead_letters.reason": "(array['not_json', 'data_invalid', 'time_ahead', 'id_reused'])[1 + n % 4]",
    "dead_letters.headers": "'[]'",
    "api_keys.prefix": "'key' || lpad(n::text, 8, '0')",
    "api_keys.scopes": "array['read']",
    "erasures.finished_at": "case when n > 2 then now() end",
    "erasures.ends": "case when n > 1 then '{\"0\": 1}'::jsonb end",
}

_SPARSE = ("bond_", "mood_")
"""How columns begin that are mostly null: most customers have most sums at nought."""

_NAMES = ("customer", "subject", "said_by", "alias", "canonical")
"""Columns that hold an id of a customer."""

_VALUES: Mapping[str, str] = {
    "text": "'text ' || n",
    "timestamptz": "timestamptz '2026-01-01' + n * interval '1 minute'",
    "float8": "(n % 1000) / 10.0",
    "int4": "n % 1000",
    "int8": "n",
    "bool": "n % 2 = 0",
    "bytea": "sha256(n::text::bytea)",
    "jsonb": "'{}'::jsonb",
    "uuid": "md5(n::text)::uuid",
}

_COLUMNS = """
select attribute.attname as name, type.typname as type, type.typrelid as composite,
    attribute.attidentity <> '' or attribute.attgenerated <> '' as given
from pg_attribute as attribute
join pg_type as type on type.oid = attribute.atttypid
where attribute.attrelid = $1 and attribute.attnum > 0 and not attribute.attisdropped
order by attribute.attnum
"""

_TABLES = """
select oid, relname as name
from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
order by relname
"""


async def fill(connection: Connection) -> list[str]:
    """Fills all tables and looks at what they hold; returns the names of those that are large."""
    names = []
    # The whole of every table is looked at: what the planner knows, and so each plan, is the same every time.
    await connection.execute("set default_statistics_target = 2000")
    for table in await connection.fetch(_TABLES):
        name = table["name"]
        if name in _KEPT:
            continue
        rows = _SMALL.get(name) or CUSTOMERS * _ROWS.get(name, 1)
        names += [] if name in _SMALL else [name]
        columns = [row for row in await connection.fetch(_COLUMNS, table["oid"]) if not row["given"]]
        values = [await _value(connection, name, column) for column in columns]
        listed = ", ".join(f'"{column["name"]}"' for column in columns)
        await connection.execute(
            f"insert into {name} ({listed}) select {', '.join(values)} "  # noqa: S608 - names of our own
            f"from generate_series(1, {rows}) as n"
        )
    await connection.execute("vacuum analyze")
    return names


async def _value(connection: Connection, table: str, column: Mapping[str, object]) -> str:
    usual = "case when n % 4 = 0 then {value} end" if str(column["name"]).startswith(_SPARSE) else "{value}"
    held = _HELD.get(f"{table}.{column['name']}", usual)
    return held.replace("{value}", await _made(connection, column)) if "{value}" in held else held


async def _made(connection: Connection, column: Mapping[str, object]) -> str:
    """What a column of a type holds in row `n`; of a composite type, a row of such values."""
    if column["composite"]:
        fields: Sequence[Mapping[str, object]] = await connection.fetch(_COLUMNS, column["composite"])
        values = [await _made(connection, field) for field in fields]
        return f"row({', '.join(values)})::{column['type']}"
    if column["name"] in _NAMES:
        return f"'customer-' || lpad((n % {CUSTOMERS})::text, 9, '0')"
    try:
        return _VALUES[str(column["type"])]
    except KeyError:
        raise NotImplementedError(
            f"Nothing says what a column like {column['name']} ({column['type']}) holds: filling.py should."
        ) from None
