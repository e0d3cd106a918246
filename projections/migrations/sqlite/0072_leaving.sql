-- Who is erased asks to join nowhere any more.
create index join_requests_account on join_requests (account);
