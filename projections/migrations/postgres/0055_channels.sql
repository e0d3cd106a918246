-- What happens in a chat that many follow, numbered 1, 2, 3 … for all of them alike, packed as what devices are told: one row per chat and batch.
create table chat_segments (
    chat text not null,
    last bigint not null,       -- the number of the row's last update; the newest row says where the sequence stands, so it is never trimmed
    first bigint not null,      -- the number of its first
    until bigint not null,      -- the greatest position of its facts: what is older than so many days is cleared away by position
    refs text not null,         -- the facts, as in update_segments
    primary key (chat, last)
);

-- Groups that have a sequence of their own: a copy for each lane, so that none has to read another's.
create table own_sequences (
    chat text not null,
    lane bigint not null,       -- whose copy
    primary key (chat, lane)
);

-- By what name a channel is found. Who has one is public.
alter table chats add column name text;     -- the username's key
alter table chats add column username text; -- as it is spelt: sealed

-- Not unique: between lanes, one channel may have a name already that another is yet to give up.
create index chats_name on chats (name) where name is not null;

-- How many accounts have seen a channel's post.
alter table timeline add column views bigint not null default 0;

-- Who leads a chat that many follow.
create index dialogs_admins on dialogs (chat, account) where admin = 1;
