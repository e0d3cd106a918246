-- What is counted stands in the index, so that the messages behind a read mark are not visited one by one.
drop index timeline_deleted;
create index timeline_deleted on timeline (chat, message, deleted) where deleted = 1;
