-- For both databases: the applications' role reads and writes rows; it owns nothing, and creates
-- nothing but in products_queue, whose migration is the portal's.
revoke all on schema public from public;
grant usage on schema public to epos_app;
grant select, insert, update, delete on all tables in schema public to epos_app;
grant usage, select on all sequences in schema public to epos_app;
