"""Random lives that knots are found in: few ids, few days, and many events that share an instant."""

from datetime import timedelta

from hypothesis import strategies as st

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactTransferred,
    Event,
    FrictionMet,
    LatitudeUsed,
    OutreachMade,
    OutreachReacted,
    PerceptionStated,
    PromiseBroken,
    PromiseMade,
    RequestRefused,
    make,
)
from tests.unit.histories import START, histories

_few = st.sampled_from(["1", "2", "3", "4"])
_case = st.sampled_from([None, "k1", "k2"])
_reason = st.sampled_from([None, "the bill"])
_days = st.integers(0, 12).map(lambda days: START + timedelta(days=days))

_data = st.one_of(
    st.builds(ContactAttempted, contact_id=_few, channel=st.just("phone"), case_id=_case, reason=_reason),
    st.builds(ContactMissed, contact_id=_few, cause=st.just("rang_out")),
    st.builds(ContactTransferred, contact_id=_few, case_id=_case),
    st.builds(ContactClosed, contact_id=_few, case_id=_case, resolved=st.booleans()),
    st.builds(ContactRetold, contact_id=_few, reason=st.sampled_from(["the bill", "the bill", "a size"])),
    st.builds(PromiseMade, promise_id=_few, what=st.just("call"), due=_days),
    st.builds(PromiseBroken, promise_id=_few),
    st.builds(ComplaintRaised, complaint_id=_few, case_id=_case),
    st.builds(ComplaintSettled, complaint_id=_few, accepted=st.booleans()),
    st.builds(PerceptionStated, health=st.integers(0, 100)),
    st.builds(FrictionMet, what=st.just("behind_procedure")),
    st.builds(RequestRefused, what=st.just("a"), why=st.just("b"), accepted=st.none() | st.booleans()),
    st.builds(LatitudeUsed, agent_id=st.just("lea")),
    st.builds(OutreachMade, prompt_id=_few),
    st.builds(OutreachReacted, prompt_id=_few, reaction=st.sampled_from(["welcome", "none", "none"])),
)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """What happened to one person, of whom some is told under another id; with corrections."""
    entries = draw(
        st.lists(st.tuples(st.sampled_from(["anna", "anna", "visitor:7"]), _days, _data), max_size=40)
    )
    told = [
        make(data, subject=subject, source="life", id=str(number), time=when)
        for number, (subject, when, data) in enumerate(entries)
    ]
    return [*told, *draw(histories(corrections=True))]
