-- Who has an account as a contact is told when it comes and goes.
create index contacts_contact on contacts (contact);
