-- How the inbox finds its rows, however many there are. Each index holds one state only: what the bot answers alone, which is
-- most, moves in none of them.

create index conversations_waiting on conversations (site, updated_at, id) where phase = 'waiting';
create index conversations_open on conversations (site, updated_at, id) where phase in ('waiting', 'staff');
create index conversations_closed on conversations (site, updated_at, id) where phase = 'closed';
