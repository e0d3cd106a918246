-- How accounts have their chats, beside what they have read: what was last said of each, null where nothing was.
alter table dialogs add column cleared_up_to bigint;  -- hidden from the account up to and including this message; only rises
alter table dialogs add column marked_unread bigint;  -- 1: marked as unread; 0: no longer, by reading or writing
alter table dialogs add column muted_until bigint;    -- µs; 0: no longer
alter table dialogs add column archived bigint;       -- 1: put away; 0: taken out again
alter table dialogs add column draft text;            -- JSON: what the account is about to say, its text sealed; empty: no longer

-- Chats that an account keeps above all others.
create table dialog_pins (
    account bigint not null,
    chat text not null,
    place bigint not null,          -- 1: the uppermost
    primary key (account, chat)
);

-- Messages that an account has hidden from itself, one by one.
create table hidden (
    account bigint not null,
    chat text not null,
    message bigint not null,
    primary key (account, chat, message)
);
