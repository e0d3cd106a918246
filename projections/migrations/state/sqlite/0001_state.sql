-- How far each device says it has got: what is behind it need not be kept.
create table cursors (
    account bigint not null,
    device bigint not null,
    epoch bigint not null,      -- of the sequence that seq counts in
    seq bigint not null,        -- everything up to here has arrived; only rises
    seen_at bigint not null,    -- when it said so, µs
    primary key (account, device)
);

-- Where what is left of a device's sequence begins, once something was trimmed.
create table floors (
    account bigint not null,
    device bigint not null,
    epoch bigint not null,      -- of the sequence that seq counts in
    seq bigint not null,        -- everything up to here is gone: a cursor below starts anew from a snapshot; only rises
    primary key (account, device)
);

-- Where each reactor stands in the log.
create table reactors (
    name text not null primary key,
    log text not null,          -- the log's id
    position bigint not null,   -- of the last commit reacted to
    commit_id text not null     -- of that commit: a log that lost its tail is not followed
);
