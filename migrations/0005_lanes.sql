-- Kinds of tasks that do not hold up each other: lanes with slots of their own, order within a key, tasks told together;
-- and an outbox whose waits survive a clock that is set back.

-- urgent, line or bulk: each has its own slots.
alter table outbox add column lane text not null default 'urgent';
-- Tasks of one key are delivered one at a time, in the order of their ids.
alter table outbox add column order_key text;
-- Tasks of one key that wait at the same time are delivered as one.
alter table outbox add column batch_key text;
-- Not worth delivering from then on.
alter table outbox add column expires_at bigint;
-- When due_at was set. A clock that shows less was set back, and the rest of the wait means nothing. 0: due_at is an
-- appointment, which stands whatever the clock does.
alter table outbox add column waits_since bigint not null default 0;
-- When it was last put back after it was given up, and how often it had been tried by then: its age counts anew.
alter table outbox add column released_at bigint;
alter table outbox add column attempts_before bigint not null default 0;

drop index outbox_due;
create index outbox_ready on outbox (lane, due_at, id) where status = 'pending' and lease_until = 0;
create index outbox_waiting on outbox (waits_since) where status = 'pending' and lease_until = 0;
create index outbox_leased on outbox (lease_until) where status = 'pending' and lease_until > 0;
create index outbox_ordered on outbox (order_key, id) where status = 'pending' and order_key is not null;
create index outbox_batched on outbox (batch_key, id) where status = 'pending' and batch_key is not null;
