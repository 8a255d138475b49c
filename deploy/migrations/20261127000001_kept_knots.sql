-- migrate:up

-- Kept readings know knots. Nearly nobody has any, and all of this is null then. What tells that none can be open is kept
-- with the sums: when an event of the customer may have last spoken for one, and when a contact was last closed as
-- resolved. With the reading stand whether a knot is open, and when time alone may open or close one.
alter table relationships
    add column knots_spoke_at timestamptz,
    add column resolved_at    timestamptz,
    add column knotted        boolean,
    add column knots_due_at   timestamptz;

-- migrate:down

alter table relationships
    drop column knots_due_at,
    drop column knotted,
    drop column resolved_at,
    drop column knots_spoke_at;
