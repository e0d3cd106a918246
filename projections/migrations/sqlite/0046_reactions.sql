-- Who reacts to which message with what. A deleted message has none.
create table reactions (
    chat text not null,
    message bigint not null,
    account bigint not null,
    emoji text not null,
    place bigint not null,          -- within the account's set: 1, 2, 3
    at bigint not null,             -- µs, of the set's last change
    primary key (chat, message, account, emoji)
) without rowid;
