-- Whom which message mentions, as it is now. Unread mentions are counted on reading: those behind the read mark. A deleted message mentions nobody.
create table mentions (
    account bigint not null,
    chat text not null,
    message bigint not null,
    primary key (account, chat, message)
);

-- Whom a message that is edited or deleted mentioned.
create index mentions_message on mentions (chat, message);
