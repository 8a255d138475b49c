-- A database whose clock is a row of its own. For a study: what services ask PostgreSQL for by `now()` and
-- `clock_timestamp()` is found here before the built-in functions, their statements unchanged.

create schema clocked;

create table clocked.instant (at timestamptz not null);

insert into clocked.instant values (pg_catalog.now());

create function clocked.now() returns timestamptz language sql stable as 'select at from clocked.instant';

create function clocked.clock_timestamp() returns timestamptz language sql stable as 'select at from clocked.instant';

-- Sessions from now on look here first, and create nothing here: `public` is where the tables are.
do $$
begin
    execute format('alter database %I set search_path = clocked, pg_catalog, public', current_database());
end
$$;

-- The defaults of columns were bound to the built-in functions when the tables were made.
do $$
declare
    one record;
begin
    for one in
        select table_name, column_name
        from information_schema.columns
        where table_schema = 'public' and column_default in ('now()', 'clock_timestamp()')
    loop
        execute format(
            'alter table public.%I alter column %I set default clocked.now()', one.table_name, one.column_name
        );
    end loop;
end
$$;
