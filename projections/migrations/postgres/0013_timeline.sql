-- The messages of chats, as they are now.
create table timeline (
    chat text collate "C" not null,
    message bigint not null,        -- 1, 2, 3 … within the chat
    position bigint not null,       -- where the log says that it was sent: the commit
    idx bigint not null,            -- … and the index within
    author bigint not null,
    device bigint,                  -- of the author, that sent it: an old update tells it which of its commands it answers; null: somebody sent it for them
    command text not null,          -- that command
    sent_at bigint not null,        -- µs
    edited_at bigint,               -- µs, of the last edit; null once deleted
    reply_to bigint,                -- the message of the chat that it answers
    length bigint not null,         -- of the text, in UTF-16 code units; 0 once deleted
    entities text,                  -- JSON; null: none
    content text,                   -- sealed; null once deleted
    deleted bigint not null,        -- 1: deleted for everybody
    primary key (chat, message)
);

-- Updates refer to messages by their place in the log.
create unique index timeline_place on timeline (position, idx);

-- Deleted messages are not unread ones.
create index timeline_deleted on timeline (chat, message) where deleted = 1;
