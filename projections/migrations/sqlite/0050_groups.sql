-- What a group says of itself and lets its members do.
alter table chats add column description text;               -- sealed; null: none
alter table chats add column denied text;                    -- JSON: what members may not do; null: as at first
alter table chats add column slow_mode bigint not null default 0; -- s between two messages of a member; 0: none
alter table chats add column protected bigint not null default 0; -- 1: nothing may be forwarded

-- A fact that everybody in the chat should see is a message of its own.
alter table timeline add column service text;                -- JSON: what happened; null: somebody said it

-- Some facts are told to those who lead a group.
alter table dialogs add column admin bigint;                 -- 1: owner or admin; null: never was either
