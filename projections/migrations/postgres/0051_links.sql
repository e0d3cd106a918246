-- Invite links of groups.
create table links (
    chat text collate "C" not null,
    link bigint not null,           -- 1, 2, 3 … within the chat
    key text not null,              -- the token's keyed hash
    secret text not null,           -- sealed: the token, and a name
    label text,                     -- sealed: what it is called since it was changed; null: it never was
    uses_max bigint,                -- null: any number
    until bigint,                   -- µs; null: for ever
    requests bigint not null,       -- 1: who comes by it asks to join
    made_by bigint,
    made_at bigint not null,        -- µs
    revoked bigint not null,        -- 1: lets nobody in any more
    primary key (chat, link)
);

-- Who comes has the token alone.
create unique index links_key on links (key);

-- Who asks to join.
create table join_requests (
    chat text collate "C" not null,
    account bigint not null,
    link bigint not null,           -- by which it came
    asked_at bigint not null,       -- µs
    primary key (chat, account)
);

-- How many have joined by which link.
create table link_uses (
    chat text collate "C" not null,
    link bigint not null,
    uses bigint not null,
    primary key (chat, link)
);
