"""Settings from the environment: `EGARD_*`."""

import ipaddress
import logging
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

import msgspec

from services.runtime.errors import Fatal

log = logging.getLogger("egard.settings")

DEPLOY = Path(__file__).parents[2] / "deploy"
"""Where the migrations and the strategy lie that the project ships."""

_SHORTEST_KEY = 24

_OURS = "EGARD_"
_NAMES = (
    *("EGARD_KAFKA", "EGARD_DATABASE", "EGARD_STRATEGY", "EGARD_LANGUAGE", "EGARD_CUSTOMER_URL"),
    *("EGARD_HOST", "EGARD_PORT", "EGARD_ACCESS", "EGARD_ERASURE_KEY", "EGARD_KEY"),
)
"""Every variable that one of our commands reads."""

_OF_OTHERS = ("EGARD_TEST_", "EGARD_BENCH_", "EGARD_CHAOS_", "EGARD_URL", "EGARD_DATABASE_PASSWORD")
"""How those begin that tests, benches, examples and the compose file read."""

_NEAR = 0.7
"""From which likeness on (of 1) a name is taken for a misspelt one."""

Language = Literal["en", "fr"]
Admission = Literal["keys", "open"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is told from outside."""

    kafka: str
    """Brokers: host:port, several separated by commas."""
    database: str
    """A PostgreSQL address: postgres://user:password@host:port/name."""
    strategy: Path = DEPLOY / "strategy.toml"
    language: Language = "en"
    customer_url: str | None = None
    """A template with `{customer}` that links a customer to the brand's own CRM."""
    host: str = "127.0.0.1"
    port: int = 8000
    access: Admission = "keys"
    """Whether callers need an API key, or anybody who reaches the port may do everything."""
    erasure_key: str | None = None
    """The key of the hashes that stay of erased customers; without one, the installation's own."""
    embedded: bool = False
    """Whether broker and database are those of the demo and the tests, which keep little."""


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Reads the settings. Raises `Fatal` with a sentence that names the one that is missing or wrong."""
    _check_names(environ)
    return Settings(
        kafka=_kafka(_required(environ, "EGARD_KAFKA", "localhost:9092")),
        database=database_url(environ),
        strategy=strategy_file(environ),
        language=language_of(environ),
        customer_url=_customer_url(environ.get("EGARD_CUSTOMER_URL")),
        host=(host := environ.get("EGARD_HOST", "127.0.0.1")),
        port=_port(environ.get("EGARD_PORT", "8000")),
        access=_access(environ.get("EGARD_ACCESS") or "keys", host),
        erasure_key=erasure_key(environ),
    )


def database_url(environ: Mapping[str, str]) -> str:
    """`EGARD_DATABASE`, checked. Raises `Fatal`."""
    url = _required(environ, "EGARD_DATABASE", "postgres://egard:secret@localhost:5432/egard")
    if not re.match(r"postgres(ql)?://", url):
        raise Fatal("EGARD_DATABASE is not a PostgreSQL address: it should begin with postgres://.")
    try:
        whole = "#" not in url and urlsplit(url).port != 0
    except ValueError:
        whole = False
    if not whole:
        raise Fatal(
            "EGARD_DATABASE cannot be read as an address; in a user name or a password, / @ : # ? and % are "
            "percent-encoded (%2F %40 %3A %23 %3F %25)."
        )
    return url


def kafka_address(environ: Mapping[str, str]) -> str:
    """`EGARD_KAFKA`, checked. Raises `Fatal`."""
    return _kafka(_required(environ, "EGARD_KAFKA", "localhost:9092"))


def language_of(environ: Mapping[str, str]) -> Language:
    """`EGARD_LANGUAGE`, or English. Raises `Fatal` where it is another."""
    value = environ.get("EGARD_LANGUAGE", "en")
    if value not in ("en", "fr"):
        raise Fatal(f"EGARD_LANGUAGE is {value!r}; it can be en or fr.")
    return cast("Language", value)


def strategy_file(environ: Mapping[str, str]) -> Path:
    """`EGARD_STRATEGY`, or the strategy that the project ships. Raises `Fatal` where there is none."""
    path = Path(environ.get("EGARD_STRATEGY") or DEPLOY / "strategy.toml")
    if not path.is_file():
        raise Fatal(f"EGARD_STRATEGY names {path}, which is no file.")
    return path


def erasure_key(environ: Mapping[str, str]) -> str | None:
    """`EGARD_ERASURE_KEY`, checked; None where there is none. Raises `Fatal`."""
    value = environ.get("EGARD_ERASURE_KEY") or None
    if value is not None and len(value) < _SHORTEST_KEY:
        raise Fatal(
            f"EGARD_ERASURE_KEY is too short: it should be random, and at least {_SHORTEST_KEY} characters."
        )
    return value


def _check_names(environ: Mapping[str, str]) -> None:
    """Refuses a name that is nearly a setting's, which somebody meant; says which others nobody reads."""
    strangers = sorted(
        name
        for name in environ
        if name.startswith(_OURS) and name not in _NAMES and not name.startswith(_OF_OTHERS)
    )
    known = [name.removeprefix(_OURS) for name in _NAMES]
    for name in strangers:
        near = get_close_matches(name.removeprefix(_OURS), known, n=1, cutoff=_NEAR)
        if near:
            raise Fatal(
                f"{name} is no setting and would do nothing; {_OURS}{near[0]} is one. Rename it, or unset it."
            )
    if strangers:
        log.warning("Nobody reads %s: no setting has that name.", ", ".join(strangers))


def _required(environ: Mapping[str, str], name: str, example: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise Fatal(f"{name} is not set; set it, for example, to {example}.")
    return value


def _kafka(value: str) -> str:
    for broker in value.split(","):
        if not re.fullmatch(r"\s*[^\s:]+:\d{1,5}\s*", broker):
            raise Fatal(f"EGARD_KAFKA holds {broker.strip()!r}, which is not host:port.")
    return value


def _customer_url(value: str | None) -> str | None:
    if value and ("{customer}" not in value or not value.startswith(("https://", "http://"))):
        raise Fatal("EGARD_CUSTOMER_URL needs to be an http address that holds {customer}.")
    return value or None


def _access(value: str, host: str) -> Admission:
    if value == "keys":
        return "keys"
    if value != "open":
        raise Fatal(f"EGARD_ACCESS is {value!r}; it can be keys or open.")
    if not _is_loopback(host):
        raise Fatal(
            f"EGARD_ACCESS is open, and EGARD_HOST is {host!r}, which others can reach: without keys a "
            "process listens on a loopback address only, such as 127.0.0.1."
        )
    return "open"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise Fatal(f"EGARD_PORT is {value!r}, which is not a port from 1 to 65535.")
    return int(value)
