-- What chats are. What kind of chat it is, its id says.
create table chats (
    chat text collate "C" not null primary key,
    title text,                     -- sealed; direct chats have none
    created_at bigint,              -- µs
    members bigint not null,        -- how many there are
    top_message bigint not null,    -- the last message given an id, deleted or not; 0 before the first
    top_at bigint not null          -- when that was sent, or the chat was created: µs
) with (fillfactor = 80);

-- Who is in a chat, and as what. These rows belong to the chat's lane; the accounts' own copy is in `dialogs`.
create table members (
    chat text collate "C" not null,
    account bigint not null,
    role text not null,             -- JSON: "owner", "member", {"admin":[…]}
    since bigint not null,          -- µs
    primary key (chat, account)
);
