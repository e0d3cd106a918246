-- Who may not be in a group.
create table bans (
    chat text collate "C" not null,
    account bigint not null,
    until bigint,                   -- µs; null: for ever
    actor bigint,                      -- who banned it
    since bigint not null,             -- µs
    primary key (chat, account)
);

-- Who may do less in a group than others.
create table restrictions (
    chat text collate "C" not null,
    account bigint not null,
    denied text not null,           -- JSON: what it may not do
    until bigint,                   -- µs; null: for ever
    actor bigint,                      -- who restricted it
    since bigint not null,             -- µs
    primary key (chat, account)
);
