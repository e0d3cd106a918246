-- Where what is left of a chat's own sequence begins, once something was trimmed.
create table chat_floors (
    chat text not null primary key,
    seq bigint not null         -- everything up to here is gone: who has less starts anew from a snapshot; only rises
);

-- Who has seen which post of a channel, once each, whether it is counted already or not.
create table views (
    chat text not null,
    message bigint not null,
    account bigint not null,
    batch bigint not null,      -- with what it was counted: when that was claimed, µs; 0: not yet
    primary key (chat, message, account)
);

-- What waits to be counted, and what is being.
create index views_batch on views (batch, chat, message);

-- How often a post was seen: what is counted, and what was before this was noted.
create table view_totals (
    chat text not null,
    message bigint not null,
    views bigint not null,
    primary key (chat, message)
);

-- When views of a channel were last claimed to be counted: by one process at a time, and not more often than that.
create table view_turns (
    chat text not null primary key,
    at bigint not null          -- µs; only rises
);

-- What was claimed and is not told yet. A row is gone once its command has its answer.
create table view_batches (
    chat text not null,
    batch bigint not null,      -- when it was claimed, µs: the command's id is made of it
    messages text not null,     -- JSON: each message with its views from now on
    primary key (chat, batch)
);
