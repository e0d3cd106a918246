-- Accepted commands of the last 24 hours or more, so that one sent again acts once. A command id that sorts by time (UUIDv7)
-- stands beside everybody's last ones: it is found and written without touching old pages.
create table commands (
    scope text not null,            -- whose ids these are: an account, service.<name>, reactor.<name>
    command text not null,          -- the id, as UUIDs are written
    position bigint not null,       -- of the commit that holds its facts
    digest text not null,           -- keyed, of its payload: the same id with another payload is an error
    recorded_at bigint not null,    -- of the commit, µs
    primary key (command, scope)     -- ids that sort by time fill page after page, whoever they are of
) without rowid;

-- The oldest are trimmed first.
create index commands_position on commands (position);
