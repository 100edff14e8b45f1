-- What the program itself must remember, such as the key that signs visitors' tokens. Shared by all nodes.

create table settings (
    name text not null primary key,
    value text not null
);
