"""The columns of the export of relationships: what each holds, and what it means."""

from typing import Any, get_args

import msgspec

from projections.bands import Band


class Column(msgspec.Struct, frozen=True):
    """A column, as the file, its metadata and its documentation name it."""

    name: str
    datatype: str | dict[str, Any]
    """As CSVW writes it."""
    meaning: str
    required: bool = True
    """Whether every row has it."""


_ID = "An id whose first cell character is an apostrophe has one more than was published: take one off."
_SCORE = {"base": "double", "minimum": 0, "maximum": 100}
_UNKNOWN = "Empty where the band is unknown: not known well enough is not a number."

COLUMNS = (
    Column("customer", "string", f"The customer’s id, as published. {_ID}"),
    Column(
        "canonical",
        "string",
        "The id that the person is known by: the least of all that are linked. Rows that share it are one "
        f"person. {_ID}",
    ),
    Column(
        "band",
        {"base": "string", "format": "|".join(get_args(Band))},
        "How the relationship stands, in a word; `unknown` where it is not known well enough to say. An open "
        "knot makes it `knotted` at any health, and while an agent's judgement is in force, that says it: "
        "the numbers stay as they are read.",
    ),
    Column("health", _SCORE, f"How healthy the relationship is. {_UNKNOWN}", required=False),
    Column("recognition", _SCORE, f"How well we know and value the customer. {_UNKNOWN}", required=False),
    Column("responsiveness", _SCORE, f"How well we answer, and keep our word. {_UNKNOWN}", required=False),
    Column(
        "trend",
        {"base": "double", "minimum": -100, "maximum": 100},
        f"Points of health by which things have been better lately than before; below 0, worse. {_UNKNOWN}",
        required=False,
    ),
    Column(
        "confidence",
        {"base": "double", "minimum": 0, "maximum": 1},
        "How well the relationship is known, from 0 (nothing) towards 1.",
    ),
    Column("taken_at", "dateTimeStamp", "When the reading was taken; it is renewed at least daily."),
    Column("changed_at", "dateTimeStamp", "When something last happened to it that the projector read."),
    Column(
        "revision",
        {"base": "integer", "minimum": 0},
        "How often batches of events touched the customer; of two readings the later has the higher.",
    ),
    Column("strategy", "string", "The version of the strategy by which the reading was taken."),
)


def metadata() -> dict[str, Any]:
    """The dictionary as W3C «Metadata Vocabulary for Tabular Data» (CSVW), which stands beside the file."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": "relationships.csv",
        "dc:title": "Relationships",
        "dc:description": (
            "The reading of each customer’s relationship, as it is kept for lists: one row for each person, "
            "or with `aliases=true` one for each id."
        ),
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": ["\r\n"]},
        "tableSchema": {
            "columns": [
                {
                    "name": one.name,
                    "titles": one.name,
                    "datatype": one.datatype,
                    "required": one.required,
                    "dc:description": one.meaning,
                }
                for one in COLUMNS
            ],
            "primaryKey": "customer",
        },
    }
