"""A prompt goes to whom it belongs, whom the customer knows, or whoever can; and only to who is there."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from events import (
    ComplaintRaised,
    ContactAnswered,
    ContactClosed,
    ContactStrained,
    ContactTransferred,
    Data,
    Event,
    OutreachDelegated,
    OutreachMade,
    OutreachReacted,
    OutreachSnoozed,
    PraiseGiven,
    PromiseMade,
    PromiseRenegotiated,
    RecognitionGreeted,
    RecognitionOverlooked,
    RecognitionRemembered,
    make,
)
from projections.outreach.assigning import Offer, Ties, Waiting, assign, share_out, ties
from projections.outreach.shifts import Shift
from tests.unit.histories import PLAIN, PROPERTY
from tests.unit.outreach.team import at, clock, shift

NOON = at("12:00")


def story(*told: tuple[str, Data]) -> list[Event]:
    """What a customer lived through, the reason of the prompt last."""
    return [
        make(data, subject="anna", source="crm", id=str(number), time=clock(when))
        for number, (when, data) in enumerate(told, start=1)
    ]


def tied(*told: tuple[str, Data]) -> Ties:
    """Who has to do with a prompt whose reason is the last event of a story."""
    events = story(*told)
    return ties(events, "p", "crm", events[-1].id, NOON, PLAIN)


def waiting(prompt_id: str = "p", **said: object) -> Waiting:
    """A prompt that waits since ten, of ten minutes."""
    plain = {"since": at("10:00"), "minutes": 10.0, "hard": False, "skill": None, "ties": Ties()}
    return Waiting(prompt_id=prompt_id, **{**plain, **said})  # type: ignore[arg-type]


def offered(prompt: Waiting, *shifts: Shift, **more: object) -> Offer | None:
    """Whom it is offered to at noon."""
    given = {"load": {}, "hard_on": {}, **more}
    return assign(prompt, shifts, given["load"], given["hard_on"], PLAIN, NOON)  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------- whose it is


def test_a_promise_belongs_to_who_made_it() -> None:
    """Also where somebody else moved its due, and another colleague had the last word."""
    promise = PromiseMade(promise_id="p", what="call back", due=clock("15:00"), agent_id="agent:lea")
    moved = PromiseRenegotiated(promise_id="p", due=clock("16:00"), agreed=True)
    remembered = RecognitionRemembered(what="the dog", agent_id="mia")
    assert tied(("09:00", promise), ("09:30", remembered), ("10:00", moved)).owner == "lea"


def test_a_complaint_belongs_to_who_had_the_case() -> None:
    """The last who answered in the case, or was handed it, not the last who spoke with the customer."""
    first = ContactAnswered(contact_id="1", by="human", agent_id="lea", case_id="parcel")
    handed = ContactTransferred(contact_id="1", from_agent="lea", to_agent="mia", case_id="parcel")
    other = ContactAnswered(contact_id="2", by="human", agent_id="zoe", case_id="bill")
    complaint = ComplaintRaised(complaint_id="c", case_id="parcel")
    assert tied(("09:00", first), ("09:05", handed), ("10:00", other), ("11:00", complaint)).owner == "mia"


def test_praise_belongs_to_whoever_was_praised() -> None:
    """They may thank the customer themselves."""
    assert tied(("11:00", PraiseGiven(agent_id="lea"))).owner == "lea"


def test_who_put_a_prompt_off_or_was_handed_it_has_it() -> None:
    """Of two who did, the later one; what was done with another prompt says nothing of this one."""
    praise = PraiseGiven(agent_id="zoe")
    later = OutreachSnoozed(prompt_id="p", agent_id="lea")
    handed = OutreachDelegated(prompt_id="p", agent_id="mia")
    other = OutreachDelegated(prompt_id="other", agent_id="ida")
    assert tied(("09:00", later), ("11:00", praise)).owner == "lea"
    assert tied(("09:00", later), ("09:30", handed), ("10:00", other), ("11:00", praise)).owner == "mia"


def test_who_overlooked_a_customer_does_not_own_it() -> None:
    """That somebody was cold to a customer is no reason to send them."""
    assert tied(("11:00", RecognitionOverlooked(how="cold", agent_id="lea"))) == Ties()


def test_a_customer_knows_whom_they_had_a_good_contact_with() -> None:
    """Resolved, remembered, greeted by name, an outreach that was welcome; the latest first."""
    found = tied(
        ("08:00", ContactAnswered(contact_id="1", by="human", agent_id="lea")),
        ("08:10", ContactClosed(contact_id="1", resolved=True)),
        ("08:20", RecognitionRemembered(what="the dog", agent_id="mia")),
        ("08:30", RecognitionGreeted(by_name=True, agent_id="zoe")),
        ("08:40", OutreachMade(prompt_id="before", agent_id="ida")),
        ("08:50", OutreachReacted(prompt_id="before", reaction="welcome")),
        ("09:00", RecognitionOverlooked(how="cold")),
    )
    assert found.known == ("ida", "zoe", "mia", "lea")


def test_a_contact_that_was_not_good_makes_nobody_known() -> None:
    """Not resolved, hard on the agent, greeted without a name, an outreach that was not welcome."""
    found = tied(
        ("08:00", ContactClosed(contact_id="1", resolved=False, agent_id="lea")),
        ("08:10", ContactClosed(contact_id="2", resolved=True, agent_id="mia")),
        ("08:20", ContactStrained(agent_id="mia", contact_id="2")),
        ("08:30", RecognitionGreeted(agent_id="zoe")),
        ("08:40", OutreachMade(prompt_id="before", agent_id="ida")),
        ("08:50", OutreachReacted(prompt_id="before", reaction="unwelcome")),
    )
    assert found.known == ()


def test_a_good_contact_of_long_ago_is_forgotten() -> None:
    """After a year nobody is known any more."""
    events = story(("-366 09:00", RecognitionRemembered(what="the dog", agent_id="lea")))
    assert ties(events, "p", "crm", "1", NOON, PLAIN).known == ()


# ------------------------------------------------------------------------------------------ who gets it


def test_the_owner_comes_before_a_known_colleague_and_these_before_all_others() -> None:
    """Whoever of them is there; nobody waits for one who is not."""
    prompt = waiting(ties=Ties(owner="lea", known=("mia", "zoe")))
    everybody = [shift(name) for name in ("ada", "lea", "mia", "zoe")]
    assert offered(prompt, *everybody) == Offer("lea", "owner")
    assert offered(prompt, *everybody[:1], *everybody[2:]) == Offer("mia", "known")
    assert offered(prompt, everybody[0], everybody[3]) == Offer("zoe", "known")
    assert offered(prompt, everybody[0]) == Offer("ada", "pool")
    assert offered(prompt) is None


def test_the_pool_has_the_skill_and_the_language() -> None:
    """One without the other does not do; of whom nothing is said speaks as the house does."""
    prompt = waiting(skill="bills", ties=Ties(language="fr-CA"))
    skilled = shift("lea", skills=frozenset({"bills"}), languages=frozenset({"en"}))
    speaking = shift("mia", languages=frozenset({"fr"}))
    both = shift("zoe", skills=frozenset({"bills"}), languages=frozenset({"FR_fr"}))
    assert offered(prompt, skilled, speaking) is None
    assert offered(prompt, skilled, speaking, both) == Offer("zoe", "skill")
    silent = replace(skilled, languages=frozenset())
    assert offered(replace(prompt, ties=Ties(language="en")), silent) == Offer("lea", "skill")
    assert offered(prompt, silent) is None


def test_whom_the_customer_knows_needs_no_skill() -> None:
    """They have been understood by each other before."""
    prompt = waiting(skill="bills", ties=Ties(known=("lea",), language="fr"))
    assert offered(prompt, shift("lea", languages=frozenset({"en"}))) == Offer("lea", "known")


def test_who_has_no_minutes_left_is_passed_over() -> None:
    """The owner too: ten minutes do not fit into the last five of a shift's."""
    prompt = waiting(ties=Ties(owner="lea"))
    assert offered(prompt, shift("lea"), load={"lea": 235.0}) is None
    assert offered(prompt, shift("lea"), load={"lea": 230.0}) == Offer("lea", "owner")


def test_nothing_is_begun_that_the_shift_does_not_hold() -> None:
    """Ten minutes do not fit in before a shift that ends in five."""
    assert offered(waiting(), shift("lea", until="12:05")) is None
    assert offered(waiting(), shift("lea", until="12:10")) == Offer("lea", "pool")


def test_after_a_hard_contact_nothing_hard_comes_for_two_hours() -> None:
    """What is not hard comes, and after two hours everything does."""
    lately, before = {"lea": at("10:01")}, {"lea": at("10:00")}
    prompt = waiting(hard=True, ties=Ties(owner="lea"))
    assert offered(prompt, shift("lea"), shift("mia"), hard_on=lately) == Offer("mia", "pool")
    assert offered(waiting(ties=Ties(owner="lea")), shift("lea"), hard_on=lately) == Offer("lea", "owner")
    assert offered(prompt, shift("lea"), hard_on=before) == Offer("lea", "owner")


def test_of_the_pool_those_with_most_minutes_left_come_first() -> None:
    """Nobody is given all there is while others sit by."""
    prompts = [waiting(f"p{number}") for number in range(4)]
    offers = share_out(prompts, [shift("lea"), shift("mia")], {}, {}, PLAIN, NOON)
    assert Counter(offer.agent_id for _, offer in offers) == {"lea": 2, "mia": 2}


def test_who_becomes_free_is_offered_what_waits_longest() -> None:
    """With room for one, it is the one that waits since eight, however it was listed."""
    prompts = [waiting("later"), waiting("first", since=at("08:00")), waiting("last", since=at("11:00"))]
    offers = share_out(prompts, [shift("lea", minutes=10.0)], {}, {}, PLAIN, NOON)
    assert [prompt_id for prompt_id, _ in offers] == ["first"]


# --------------------------------------------------------------------------------- whatever happens

_names = st.sampled_from(["lea", "mia", "zoe"])
_skills = st.frozensets(st.sampled_from(["bills", "moves"]))
_shifts = st.lists(
    st.builds(
        lambda name, began, length, minutes, skills: Shift(
            agent_id=name,
            began=NOON + began,
            until=NOON + began + length,
            minutes=minutes,
            skills=skills,
            languages=frozenset(),
        ),
        _names,
        st.integers(-40_000, 4_000),
        st.integers(0, 43_200),
        st.integers(0, 120).map(float),
        _skills,
    ),
    max_size=3,
    unique_by=lambda one: one.agent_id,
)
_ties = st.builds(
    Ties,
    owner=st.none() | _names,
    known=st.lists(_names, unique=True).map(tuple),
    language=st.sampled_from([None, "fr", "en", "de"]),
)
_prompts = st.lists(
    st.builds(
        Waiting,
        prompt_id=st.uuids().map(str),
        since=st.integers(-90_000, 0).map(lambda ago: NOON + ago),
        minutes=st.integers(1, 60).map(float),
        hard=st.booleans(),
        skill=st.sampled_from([None, "bills", "moves"]),
        ties=_ties,
    ),
    max_size=20,
    unique_by=lambda one: one.prompt_id,
)
_loads = st.dictionaries(_names, st.integers(0, 200).map(float))


@PROPERTY
@given(shifts=_shifts, prompts=_prompts, load=_loads, hard_on=st.dictionaries(_names, st.just(NOON - 60.0)))
def test_nobody_is_offered_anything_off_shift_or_beyond_their_minutes(
    shifts: list[Shift], prompts: list[Waiting], load: dict[str, float], hard_on: dict[str, float]
) -> None:
    """Of any shifts and prompts: who is offered one is there, has room, and is spared what is hard."""
    known = {one.agent_id: one for one in shifts}
    asked = {one.prompt_id: one for one in prompts}
    given_now: Counter[str] = Counter()
    for prompt_id, offer in share_out(prompts, shifts, load, hard_on, PLAIN, NOON):
        there = known[offer.agent_id]
        assert there.began <= NOON < there.until
        assert not (asked[prompt_id].hard and offer.agent_id in hard_on)
        given_now[offer.agent_id] += int(asked[prompt_id].minutes)
        assert load.get(offer.agent_id, 0.0) + given_now[offer.agent_id] <= there.minutes


@PROPERTY
@given(shifts=_shifts, prompts=_prompts, load=_loads)
def test_nobody_is_passed_over_by_who_waits_less(
    shifts: list[Shift], prompts: list[Waiting], load: dict[str, float]
) -> None:
    """Of two prompts that ask for the same, the later one is not offered before the earlier one."""
    got = dict(share_out(prompts, shifts, load, {}, PLAIN, NOON))
    for one in prompts:
        for other in prompts:
            same = replace(one, prompt_id="", since=0.0) == replace(other, prompt_id="", since=0.0)
            if same and one.since < other.since and other.prompt_id in got:
                assert one.prompt_id in got
