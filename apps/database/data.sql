-- The node's own rows: itself and its data centre, before its first file. After lists.sql.

insert into node (id, name, host, port, dbname, contact_name) values
    (1, 'EPOS GNSS node', '10.0.7.201', 5432, 'gnss-europe-v0-2-14', 'operator of this node');

insert into agency (id, name, abbreviation) values
    (1, 'European Plate Observing System', 'EPOS');

insert into network (id, name) values (1, 'EPOS');

insert into data_center (id, acronym, id_agency, hostname, root_path, name, protocol) values
    (1, 'EPOS', 1, '10.0.7.210:4000', 'archive', 'Archive of this node', 'http');

insert into node_data_center (id_node, id_data_center) values (1, 1);
