-- The tables of a rebuild: made like those that are used, in a schema of their own, and put in their place at the
-- end. What is different from installation to installation (indexes, grants, options) is asked of the catalogue:
-- statements called `…_statements` give statements to be run.

-- name: in_public
-- Whether our tables are where the statements of a rebuild look for them.
select to_regclass('public.journal') is not null;

-- name: begun
-- Whether a rebuild was begun.
select to_regclass('rebuilding.state') is not null;

-- name: begin
create schema rebuilding;
-- To find what is in it: what may be done to that, grants on each table say.
grant usage on schema rebuilding to public;

-- Their keys are there from the start, because who is erased meanwhile is looked for; the other indexes come last.
create table rebuilding.relationships (
    like public.relationships including all excluding indexes, primary key (customer)
);
create table rebuilding.contacts (
    like public.contacts including all excluding indexes, primary key (customer, contact_id)
);
create table rebuilding.promises (
    like public.promises including all excluding indexes, primary key (customer, promise_id)
);
create table rebuilding.complaints (
    like public.complaints including all excluding indexes, primary key (customer, complaint_id)
);
create table rebuilding.links (
    like public.links including all excluding indexes, primary key (customer, alias, said_by, identity)
);

-- Deadlines stay where they are: only what is different in them is written at the switch.
create table rebuilding.deadlines (like public.deadlines, primary key (customer, trigger, matter_id));

-- What is rebuilt, and by which version; the newest migration, because another may change the tables.
create table rebuilding.state (
    single    boolean     primary key default true check (single),
    version   text        not null,
    migration text        not null,
    events    bigint      not null,
    began_at  timestamptz not null default clock_timestamp()
);

-- Whatever was journalled before these positions is, or will be, in the new tables.
create table rebuilding.since (
    kafka_partition integer primary key,
    next_offset     bigint  not null,
    topic_id        uuid
);

-- How far each part of the journal was folded: up to this customer. -1 is the links, which come first.
create table rebuilding.parts (
    part   integer primary key,
    after  text collate "C" not null default '',
    folded bigint  not null default 0,
    done   boolean not null default false
);

-- Who is to be folded again: something of them was journalled since, or they are linked.
create table rebuilding.again (customer text collate "C" primary key);

-- Whose reading is another than the one that is used.
create table rebuilding.unannounced (like public.unannounced including all);

-- name: begin_state
insert into rebuilding.state (version, migration, events)
select $1, (select max(version) from public.schema_migrations), $2;

-- name: begin_positions
insert into rebuilding.since (kafka_partition, next_offset, topic_id)
select kafka_partition, next_offset, topic_id from public.positions where topic = $1;

-- name: begin_parts
insert into rebuilding.parts (part) select generate_series(-1, $1::integer - 1);

-- name: part_count
select count(*) from pg_inherits where inhparent = 'public.journal'::regclass;

-- name: option_statements
select format('alter table rebuilding.%I set (%s)', relname, array_to_string(reloptions, ', ')) as statement
from pg_class
where reloptions is not null and oid in (
    'public.relationships'::regclass, 'public.contacts'::regclass, 'public.promises'::regclass,
    'public.complaints'::regclass, 'public.links'::regclass, 'public.unannounced'::regclass
)
order by relname;

-- name: estimate
-- How many events there are, about: by what the planner knows, where it knows anything.
select case when min(reltuples) < 0 then null else sum(reltuples)::bigint end
from pg_inherits join pg_class on pg_class.oid = inhrelid
where inhparent = 'public.journal'::regclass;

-- name: count
select count(*) from public.journal;

-- name: state
select version, migration, events, began_at,
    migration = (select max(schema_migrations.version) from public.schema_migrations) as fits
from rebuilding.state;

-- name: progress
-- How many events are in the new tables.
select coalesce(sum(folded), 0)::bigint from rebuilding.parts;

-- name: parts
select part from rebuilding.parts where not done and part >= 0 order by part;

-- name: index_statements
-- The indexes that some of the new tables still lack; they have the names that they have on those that are used.
select
    replace(
        pg_get_indexdef(index.indexrelid),
        format(' ON public.%I ', owner.relname), format(' ON rebuilding.%I ', owner.relname)
    ) as statement
from pg_index as index
join pg_class as owner on owner.oid = index.indrelid
join pg_class as named on named.oid = index.indexrelid
where owner.relnamespace = 'public'::regnamespace and owner.relname = any ($1::text[])
    and to_regclass(format('rebuilding.%I', named.relname)) is null
order by pg_table_size(owner.oid) desc, named.relname;

-- name: analyze
analyze rebuilding.relationships, rebuilding.contacts, rebuilding.promises, rebuilding.complaints, rebuilding.links,
    rebuilding.deadlines;

-- name: find_gone
-- Who is kept in the tables that are used, and is not in the new ones.
insert into rebuilding.unannounced (customer)
select customer from public.relationships as used
where not exists (select from rebuilding.relationships as new where new.customer = used.customer)
on conflict do nothing;

-- name: dependents
-- What of others' rests on the tables that are used, and would stay with them, or be lost with them.
select distinct pg_describe_object(classid, objid, objsubid) as what
from pg_depend
where refclassid = 'pg_class'::regclass
    and refobjid in (
        'public.relationships'::regclass, 'public.contacts'::regclass, 'public.promises'::regclass,
        'public.complaints'::regclass, 'public.links'::regclass, 'public.unannounced'::regclass
    )
    and (
        classid in (
            'pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_publication_rel'::regclass,
            'pg_proc'::regclass
        )
        or exists (select from pg_constraint where contype = 'f' and classid = tableoid and objid = oid)
    )
order by what;

-- name: lock_tables
-- Nobody reads or writes the tables until the switch is over. The order is the same as everybody's.
lock table
    public.unannounced, public.deadlines, public.relationships, public.contacts, public.promises, public.complaints,
    public.links
in access exclusive mode;

-- name: helper_statements
-- Whoever erases somebody (who may delete from the tables that are used) notes here whom that concerns.
select format(
    'grant select, insert, update, delete on rebuilding.again, rebuilding.parts to %s',
    coalesce(quote_ident(rolname), 'public')
) as statement
from pg_class
cross join lateral aclexplode(relacl)
left join pg_roles as role on role.oid = grantee
where pg_class.oid = 'public.relationships'::regclass and privilege_type = 'DELETE';

-- name: revoke_statements
-- What was granted on the new tables when they were made may have been taken back on those that are used.
with granted as (
    select relname, relacl as acl, relowner from pg_class
    where relnamespace = 'rebuilding'::regnamespace and relkind = 'r'
    union all
    select relname, attacl, relowner from pg_class join pg_attribute on attrelid = pg_class.oid
    where relnamespace = 'rebuilding'::regnamespace and relkind = 'r'
)
select distinct format('revoke all on rebuilding.%I from %s', relname, coalesce(quote_ident(rolname), 'public'))
    as statement
from granted
cross join lateral aclexplode(acl)
left join pg_roles as role on role.oid = grantee
where grantee <> relowner;

-- name: owner_statements
-- The owner of each new table is that of the one that is used.
select format('alter table rebuilding.%I owner to %I', used.relname, rolname) as statement
from pg_class as used
join pg_roles as role on role.oid = relowner
where relnamespace = 'public'::regnamespace and rolname <> current_user
    and used.relname in ('relationships', 'contacts', 'promises', 'complaints', 'links', 'unannounced');

-- name: grant_statements
-- And its grants are. They are there from the start, because who is erased meanwhile is deleted here too.
with used as (
    select oid, relname, relacl
    from pg_class
    where oid in (
        'public.relationships'::regclass, 'public.contacts'::regclass, 'public.promises'::regclass,
        'public.complaints'::regclass, 'public.links'::regclass, 'public.unannounced'::regclass,
        'public.deadlines'::regclass
    )
)
select format(
    'grant %s on rebuilding.%I to %s%s', privilege_type, relname, coalesce(quote_ident(rolname), 'public'),
    case when is_grantable then ' with grant option' else '' end
) as statement
from used
cross join lateral aclexplode(relacl)
left join pg_roles as role on role.oid = grantee
union all
select format(
    'grant %s (%I) on rebuilding.%I to %s%s', privilege_type, attname, relname, coalesce(quote_ident(rolname), 'public'),
    case when is_grantable then ' with grant option' else '' end
)
from used
join pg_attribute on attrelid = used.oid
cross join lateral aclexplode(attacl)
left join pg_roles as role on role.oid = grantee;

-- name: drop_deadlines
-- Deadlines of what is not owed any more go. Those that follow from no matter stay as they are.
delete from public.deadlines as used
where used.trigger in ('promise_due', 'promise_overdue', 'unanswered') and not exists (
    select from rebuilding.deadlines as new
    where new.customer = used.customer and new.trigger = used.trigger and new.matter_id = used.matter_id
);

-- name: move_deadlines
update public.deadlines as used
set due = new.due, source = new.source, event_id = new.event_id
from rebuilding.deadlines as new
where new.customer = used.customer and new.trigger = used.trigger and new.matter_id = used.matter_id
    and new.due <> used.due;

-- name: set_deadlines
-- One that passed is not set again: the clock has made a cause of it, or none was to be made.
insert into public.deadlines (customer, trigger, matter_id, due, source, event_id)
select customer, trigger, matter_id, due, source, event_id from rebuilding.deadlines where due > clock_timestamp()
on conflict do nothing;

-- name: switch
insert into rebuilding.unannounced (customer) select customer from public.unannounced on conflict do nothing;
drop table
    public.relationships, public.contacts, public.promises, public.complaints, public.links, public.unannounced;
alter table rebuilding.relationships set schema public;
alter table rebuilding.contacts set schema public;
alter table rebuilding.promises set schema public;
alter table rebuilding.complaints set schema public;
alter table rebuilding.links set schema public;
alter table rebuilding.unannounced set schema public;

-- name: discard
drop schema if exists rebuilding cascade;
