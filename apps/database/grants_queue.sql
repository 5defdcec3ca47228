-- For products_queue, whose migrations are the portal's: it owns what is there.
revoke all on schema public from public;
grant usage, create on schema public to epos_portal;
revoke create on schema public from epos_app;
grant usage on schema public to epos_app;
alter default privileges for role epos_portal in schema public
    grant select, insert, update, delete on tables to epos_app;
reassign owned by epos_app to epos_portal;
alter table product_request owner to epos_portal;
grant select, insert, update, delete on all tables in schema public to epos_app;
grant usage, select on all sequences in schema public to epos_app;
