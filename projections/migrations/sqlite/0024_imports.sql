-- Accepted commands of imports, for ever: an archive that is imported again after years doubles nothing.
create table imports (
    command text not null primary key, -- the id: a UUIDv5 of what was imported
    position bigint not null,       -- of the commit that holds its facts
    digest text not null            -- keyed, of its payload
) without rowid;

-- A cursor's time has to be this log's own; an imported message's `sent_at` is the same wherever it is imported.
alter table timeline add column recorded_at bigint; -- µs; null: as sent_at, nothing was imported
