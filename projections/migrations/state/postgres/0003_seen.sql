-- When each device was last seen: it asked for something, or was connected.
create table seen (
    account bigint not null,
    device bigint not null,
    seen_at bigint not null,    -- µs; only rises
    primary key (account, device)
);

-- Since when that has been noted: who was not seen while nobody looked may have been there. One row.
create table watch (
    id bigint not null primary key, -- 1
    since bigint not null,          -- µs; it has been noted from here on
    until bigint not null           -- µs; up to here, at least
);
