-- What tells one plain form from another, so that sending it twice is harmless and a different one replaces nothing; and which
-- of them were kept aside.

alter table leads add column form_key text;
-- 1 where the form's hidden field was filled in, as robots do, and password managers at times.
alter table leads add column held bigint not null default 0;

create unique index leads_by_form on leads (form_key) where form_key is not null;
create index leads_held on leads (created_at) where held = 1;
