-- What analysts ask for. Times are µs since 1970; days are UTC's.

-- Messages that were deleted for everybody, each as often as somebody asked for it. What comes out of JSON has no type, and is looked up by it: cast.
create view deletions as
select f.position, f.chat, cast(e.value as bigint) as message, f.sent_at as at
from facts f, json_each(f.data, '$.messages') e
where f.type = 'chat.messages_deleted';

-- Messages as they have become. edits: how often the text was replaced; deleted_at: null while it is there.
create view messages as
select s.chat, s.message, s.position, s.account as author, s.sent_at, strftime('%Y-%m-%d', s.sent_at / 1000000, 'unixepoch') as day,
    s.length, s.reply_to, coalesce(e.edits, 0) as edits, e.edited_at, d.deleted_at
from facts s
left join (
    select chat, message, count(*) as edits, max(sent_at) as edited_at
    from facts where type = 'chat.message_edited' group by chat, message
) e on e.chat = s.chat and e.message = s.message
left join (select chat, message, min(at) as deleted_at from deletions group by chat, message) d on d.chat = s.chat and d.message = s.message
where s.type = 'chat.message_sent';

-- Who came and went: change is joined, left or removed; by_account: who asked for it.
create view memberships as
select f.position, f.chat, cast(json_extract(e.value, '$.account') as bigint) as account, 'joined' as change, f.sent_at as at, f.by_account
from facts f, json_each(f.data, '$.members') e
where f.type = 'chat.created'
union all
select f.position, f.chat, f.account,
    case f.type when 'chat.member_added' then 'joined' when 'chat.member_left' then 'left' else 'removed' end as change,
    f.sent_at as at, f.by_account
from facts f
where f.type in ('chat.member_added', 'chat.member_left', 'chat.member_removed');

-- Read marks: the account had read the chat up to and including the message.
create view reads as
select f.position, f.account, f.chat, f.message as up_to, f.sent_at as at
from facts f
where f.type = 'inbox.read';

-- Who has an account.
create view accounts as
select f.account, coalesce(json_extract(f.data, '$.bot'), 0) as bot, f.sent_at as registered_at
from facts f
where f.type = 'account.registered';

-- Messages per chat and day, the deleted too; length: UTF-16 code units, as they were sent.
create view messages_per_day as
select m.chat, m.day, count(*) as messages, count(distinct m.author) as authors, cast(sum(m.length) as bigint) as length
from (select chat, account as author, length, strftime('%Y-%m-%d', sent_at / 1000000, 'unixepoch') as day from facts where type = 'chat.message_sent') m
group by m.chat, m.day;

-- Comings and goings per chat and day.
create view members_per_day as
select m.chat, m.day, sum(m.joined) as joined, sum(m.gone) as gone
from (
    select chat, strftime('%Y-%m-%d', at / 1000000, 'unixepoch') as day, case change when 'joined' then 1 else 0 end as joined, case change when 'joined' then 0 else 1 end as gone
    from memberships
) m
group by m.chat, m.day;

-- Reading per chat and day: how many marks, of how many accounts.
create view reads_per_day as
select r.chat, r.day, count(*) as marks, count(distinct r.account) as readers
from (select chat, account, strftime('%Y-%m-%d', at / 1000000, 'unixepoch') as day from reads) r
group by r.chat, r.day;
