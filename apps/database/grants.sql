-- For both databases: the applications' role reads and writes rows; it owns and
-- creates nothing, but in products_queue, whose migrations are the portal's (entrypoint).
revoke all on schema public from public;
grant usage on schema public to epos_app;
grant select, insert, update, delete on all tables in schema public to epos_app;
grant usage, select on all sequences in schema public to epos_app;
