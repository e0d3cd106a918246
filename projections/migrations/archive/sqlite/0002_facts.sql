-- Every fact of the log: what stands in the clear, column by column. What people wrote is not here, not even sealed.
create table facts (
    position bigint not null,       -- of its commit
    idx bigint not null,            -- within the commit, from 0
    stream text not null,         -- whose history it is part of: chat.g-42, account.77, inbox.77 …
    kind text not null,             -- the stream's kind: chat, account, inbox, name, system
    type text not null,             -- the event's stable name: chat.message_sent …
    recorded_at bigint not null,    -- µs; in a stream it never falls
    sent_at bigint not null,        -- µs; when it happened: of what was imported earlier than recorded_at, else the same
    by_account bigint,              -- who asked, where a device did
    by_device bigint,               -- which of the account's devices
    by_service text,                -- the operator's tools, where they asked
    by_reactor text,                -- the installation itself
    command text,                   -- in answer to which command
    chat text,                    -- the chat that it is about
    account bigint,                 -- the account that it is about: of an account or inbox, a message's author, a member
    message bigint,                 -- the message that it is about; of a read mark: up to and including it
    reply_to bigint,                -- the message that it answers
    length bigint,                  -- of the text, in UTF-16 code units
    data text not null,             -- JSON: the event's public part, whole
    primary key (position, idx)
) without rowid;

-- What happened in a chat, and to a message.
create index facts_chat on facts (chat, message, position) where chat is not null;
