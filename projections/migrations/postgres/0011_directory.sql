-- Everybody who has an account.
create table accounts (
    account bigint not null primary key,
    bot bigint not null,            -- 1: a bot
    profile text not null,          -- sealed: the display name
    username_key text,              -- the key of its username; null: it has none
    username text,                  -- sealed: as its owner spells it
    registered_at bigint not null   -- µs
);

-- The devices that act, or once acted, for accounts.
create table devices (
    account bigint not null,
    device bigint not null,         -- within the account
    token text not null,            -- SHA-256 of its token, hex
    name text not null,             -- sealed: what its owner calls it
    authorised_at bigint not null,  -- µs
    ended_at bigint,                -- µs; null: it may act
    primary key (account, device)
);

-- Who has a username, as the names' own streams say: these rows belong to the name's lane, because two
-- accounts in different lanes may have the same name one after the other.
create table usernames (
    name text collate "C" not null primary key, -- the name's key
    account bigint not null
);
