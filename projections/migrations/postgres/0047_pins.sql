-- The pinned messages of chats. A deleted message is not pinned.
create table pins (
    chat text not null,
    message bigint not null,
    position bigint not null,       -- where the log says that it was pinned: the commit
    idx bigint not null,            -- … and the index within
    primary key (chat, message)
);
