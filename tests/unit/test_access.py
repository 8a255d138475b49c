"""Keys, rates and settings of access, without any network."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.access import ADMINISTRATOR, SCOPES, Holder, new_key
from services.runtime.access.bucket import BURST_S, Bucket
from services.runtime.access.keys import digest, parts
from services.runtime.errors import Fatal
from services.runtime.settings import from_environment

NEEDED = {"EGARD_KAFKA": "localhost:9092", "EGARD_DATABASE": "postgres://egard@localhost/egard"}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - said, not listened on


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


# -------------------------------------------------------------------------------------------- keys


def test_a_new_key_has_a_visible_prefix_and_a_long_secret_of_which_a_hash_is_kept() -> None:
    """`egard_<prefix>_<secret>`: 256 random bits, of which the SHA-256 is to be kept; no two are alike."""
    drawn = [new_key() for _ in range(50)]
    for key in drawn:
        found = parts(key.text)
        assert found is not None
        prefix, secret = found
        assert (prefix, len(prefix)) == (key.prefix, 10)
        assert len(secret) == 43
        assert key.hash == hashlib.sha256(secret.encode()).digest() == digest(secret)
        assert key.text == f"egard_{prefix}_{secret}"
    assert len({key.text for key in drawn}) == len({key.prefix for key in drawn}) == len(drawn)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "egard_",
        "egard_abcdefgh_",
        f"egard_abcdefg_{'x' * 43}",
        f"egard_ABCDEFGH_{'x' * 43}",
        f"egard_abcdefgh_{'x' * 42}",
        f"egard_abcdefgh_{'x' * 129}",
        f"egard_abcdefgh_{'x' * 42}é",
        f"other_abcdefgh_{'x' * 43}",
        f" egard_abcdefgh_{'x' * 43}",
        f"egard_abcdefgh_{'x' * 43}\n",
    ],
)
def test_what_cannot_be_a_key_is_not_looked_for(text: str) -> None:
    """Only what has the shape of a key is taken apart."""
    assert parts(text) is None


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_allows_itself_only_and_admin_allows_all(scope: str) -> None:
    """A key may do what its scopes say; `admin`, and who needs no key, may do everything."""
    one = Holder("abc", frozenset({"read"}))
    assert one.may(scope) == (scope == "read")  # type: ignore[arg-type]
    assert Holder("abc", frozenset({"admin"})).may(scope)  # type: ignore[arg-type]
    assert ADMINISTRATOR.may(scope)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- rates

rates = st.floats(min_value=0.01, max_value=1e5)
counts = st.integers(min_value=1, max_value=40_000)


@given(rates, st.lists(st.tuples(counts, st.floats(min_value=0, max_value=100)), max_size=60))
def test_over_any_time_a_key_publishes_no_more_than_its_rate_a_burst_and_one_request(
    rate: float, asked: Sequence[tuple[int, float]]
) -> None:
    """However requests come, what passes is at most rate times time, one burst, and the largest request."""
    clock = Clock()
    bucket = Bucket(rate, clock)
    began, passed = clock.now, 0
    for count, pause in asked:
        clock.now += pause
        if bucket.take(count) == 0:
            passed += count
        allowed = rate * (clock.now - began) + max(1.0, rate * BURST_S) + max(one for one, _ in asked)
        assert passed <= allowed * (1 + 1e-9)


@given(rates, st.lists(counts, min_size=1, max_size=20))
def test_who_waits_as_long_as_told_gets_through(rate: float, asked: Sequence[int]) -> None:
    """After the seconds that a refusal names, any request passes; being refused costs nothing."""
    clock = Clock()
    bucket = Bucket(rate, clock)
    for count in asked:
        seconds = bucket.take(count)
        if seconds:
            assert bucket.take(count) == seconds
            clock.now += seconds * (1 + 1e-9)
            assert bucket.take(count) == 0


def test_a_request_larger_than_the_bucket_passes_and_leaves_a_debt() -> None:
    """At 10 a second, 100 events pass at once; the next waits until the debt of 50 is paid."""
    clock = Clock()
    bucket = Bucket(10, clock)
    assert bucket.take(100) == 0
    assert bucket.take(1) == 6  # (1 + 50) / 10, rounded up
    clock.now += 5.05
    assert bucket.take(1) == 1
    clock.now += 0.06
    assert bucket.take(1) == 0


# ---------------------------------------------------------------------------------------- settings


def test_keys_are_asked_for_unless_it_is_said_otherwise() -> None:
    """Without EGARD_ACCESS, or with an empty one, a process asks for keys."""
    assert from_environment(NEEDED).access == "keys"
    assert from_environment({**NEEDED, "EGARD_ACCESS": ""}).access == "keys"
    assert from_environment({**NEEDED, "EGARD_ACCESS": "keys", "EGARD_HOST": EVERYWHERE}).access == "keys"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.3", "::1", "localhost"])
def test_who_listens_on_this_machine_alone_may_do_without_keys(host: str) -> None:
    """On a loopback address, access may be open."""
    assert from_environment({**NEEDED, "EGARD_ACCESS": "open", "EGARD_HOST": host}).access == "open"


@pytest.mark.parametrize(
    "host", [EVERYWHERE, "::", "192.168.1.7", "egard.example.org", "localhost.evil.test"]
)
def test_who_others_can_reach_may_not_do_without_keys(host: str) -> None:
    """On any other address, open access is refused with a sentence that names both settings."""
    with pytest.raises(Fatal, match=r"EGARD_ACCESS is open, and EGARD_HOST is .+ loopback"):
        from_environment({**NEEDED, "EGARD_ACCESS": "open", "EGARD_HOST": host})


def test_a_word_that_is_no_way_of_access_is_named() -> None:
    """A mistyped EGARD_ACCESS ends the start, rather than mean anything."""
    with pytest.raises(Fatal, match="EGARD_ACCESS is 'opne'; it can be keys or open"):
        from_environment({**NEEDED, "EGARD_ACCESS": "opne"})
