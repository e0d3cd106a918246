-- The devices that get updates: from the fact after their authorisation until their end.
create table update_devices (
    account bigint not null,
    device bigint not null,     -- within the account
    ended bigint not null,      -- 1: it gets nothing any more; the row goes when what it was told has been cleared away
    primary key (account, device)
);

-- What each device is told, packed: one row per device and batch. How updates are cut into rows means nothing.
create table update_segments (
    account bigint not null,
    device bigint not null,
    last bigint not null,       -- the number of the row's last update; the newest row says where the sequence stands, so it is never trimmed
    first bigint not null,      -- the number of its first
    until bigint not null,      -- the greatest position of its facts: what is older than so many days is cleared away by position
    refs text not null,         -- the facts, in the order of their numbers: position[.index when not 0], the first absolute, the others as differences, comma-separated
    primary key (account, device, last)
);

-- The facts that updates refer to, other than sent messages (those are in the timeline): once, whoever is told.
create table update_facts (
    position bigint not null,   -- of its commit
    idx bigint not null,        -- within the commit
    fact text not null,         -- stream, times, actor, command and event, its sealed part closed; an edit's without its text, which the timeline has
    primary key (position, idx)
);
