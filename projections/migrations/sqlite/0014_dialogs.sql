-- Accounts' view of their chats: the account lanes' own copy of membership, and read marks. Unread messages
-- are counted on reading: what is in the chat behind the mark and not deleted.
create table dialogs (
    account bigint not null,
    chat text not null,
    member bigint not null,         -- 1: is in the chat; 0: no longer, or not yet
    joined_at bigint,               -- µs, of the last time; null: never was a member
    read_up_to bigint not null,     -- has read up to and including this message: marked so, wrote it, or it was the last on joining; 0: nothing
    primary key (account, chat)
) without rowid;

-- Who is in a chat, for what is told to each.
create index dialogs_members on dialogs (chat, account) where member = 1;
