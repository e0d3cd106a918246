-- Messages whose reactions changed since they were last counted, where many follow.
create table reacted (
    chat text not null,
    message bigint not null,
    position bigint not null,   -- of the last change that was noted; only rises: a count includes it
    primary key (chat, message)
) without rowid;

-- What somebody who is erased has seen is forgotten.
create index views_account on views (account);
