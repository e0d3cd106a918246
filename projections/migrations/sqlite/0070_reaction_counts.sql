-- How often which emoji, where many follow: as it was counted last, which is what everybody who follows was told. No row: with
-- none, or, in a group, as its members react.
create table reaction_counts (
    chat text not null,
    message bigint not null,
    counts text not null,       -- JSON: [{"emoji","count"}, …], the most frequent first
    primary key (chat, message)
) without rowid;
