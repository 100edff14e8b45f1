-- Answers that staff write once and send often, by site.

create table canned (
    site text not null,
    shortcut text not null,
    body text not null,
    updated_at bigint not null,
    primary key (site, shortcut)
);
