-- Lists that other tables refer to; the same in a node and at its gateway.
-- Ids that programs know by number (attribute 1 to 3) are written out.

insert into station_type (id, name, type) values (1, 'GPS/GNSS Continuous', 'GNSS');

insert into item_type (id, name) values (1, 'antenna'), (2, 'receiver'), (3, 'radome');

insert into attribute (id, name) values
    (1, 'antenna_type'), (2, 'receiver_type'), (3, 'radome_type'), (4, 'serial_number'),
    (5, 'firmware_version'), (6, 'marker_arp_up_ecc'), (7, 'marker_arp_north_ecc'),
    (8, 'marker_arp_east_ecc'), (9, 'satellite_system'), (10, 'elevation_cutoff_setting');

insert into item_type_attribute (id_item_type, id_attribute) values
    (1, 1), (1, 4), (1, 6), (1, 7), (1, 8), (2, 2), (2, 4), (2, 5), (2, 9), (2, 10), (3, 3), (3, 4);

insert into log_type (id, name) values (1, 'IGS site log'), (2, 'GeodesyML');

insert into constellations (id, identifier_1ch, identifier_3ch, name, official) values
    (1, 'G', 'GPS', 'GPS', true), (2, 'R', 'GLO', 'GLONASS', true),
    (3, 'E', 'GAL', 'Galileo', true), (4, 'C', 'BDS', 'BeiDou', true),
    (5, 'J', 'QZS', 'QZSS', true), (6, 'S', 'SBS', 'SBAS', true), (7, 'I', 'IRN', 'NavIC', true);

-- RINEX 2.11, table A1: P is a code observation as well.
insert into gnss_obsnames (name, frequency_band, obstype, channel) values
    ('C1', 1, 'C', null), ('C2', 2, 'C', null), ('C5', 5, 'C', null), ('C6', 6, 'C', null),
    ('C7', 7, 'C', null), ('C8', 8, 'C', null), ('P1', 1, 'C', 'P'), ('P2', 2, 'C', 'P'),
    ('L1', 1, 'L', null), ('L2', 2, 'L', null), ('L5', 5, 'L', null), ('L6', 6, 'L', null),
    ('L7', 7, 'L', null), ('L8', 8, 'L', null),
    ('D1', 1, 'D', null), ('D2', 2, 'D', null), ('D5', 5, 'D', null), ('D6', 6, 'D', null),
    ('D7', 7, 'D', null), ('D8', 8, 'D', null),
    ('S1', 1, 'S', null), ('S2', 2, 'S', null), ('S5', 5, 'S', null), ('S6', 6, 'S', null),
    ('S7', 7, 'S', null), ('S8', 8, 'S', null);

-- RINEX 3: the name is observation type, band, channel; every combination of the standard's tables.
insert into gnss_obsnames (name, frequency_band, obstype, channel)
select kind || band || channel, band, kind, channel
from unnest(array['C', 'L', 'D', 'S']) kind,
     (values (1, 'ABCDELMNPSWXYZ'), (2, 'CDILMNPQSWXY'), (3, 'IQX'), (4, 'ABX'),
             (5, 'ABCDIPQXZ'), (6, 'ABCEILQSXZ'), (7, 'DIPQXZ'), (8, 'DIPQX'), (9, 'ABCX'))
         bands (band, channels),
     lateral string_to_table(channels, null) channel;

-- ISO 3166-1: Europe and its neighbours, and where else stations of the archive stand.
insert into country (name, iso_code) values
    ('Albania', 'ALB'), ('Andorra', 'AND'), ('Armenia', 'ARM'), ('Austria', 'AUT'),
    ('Azerbaijan', 'AZE'), ('Belarus', 'BLR'), ('Belgium', 'BEL'),
    ('Bosnia and Herzegovina', 'BIH'), ('Bulgaria', 'BGR'), ('Canada', 'CAN'),
    ('Croatia', 'HRV'), ('Cyprus', 'CYP'), ('Czechia', 'CZE'), ('Denmark', 'DNK'),
    ('Estonia', 'EST'), ('Faroe Islands', 'FRO'), ('Finland', 'FIN'), ('France', 'FRA'),
    ('French Guiana', 'GUF'), ('Georgia', 'GEO'), ('Germany', 'DEU'), ('Gibraltar', 'GIB'),
    ('Greece', 'GRC'), ('Greenland', 'GRL'), ('Guadeloupe', 'GLP'), ('Hungary', 'HUN'),
    ('Iceland', 'ISL'), ('Ireland', 'IRL'), ('Israel', 'ISR'), ('Italy', 'ITA'),
    ('Latvia', 'LVA'), ('Liechtenstein', 'LIE'), ('Lithuania', 'LTU'), ('Luxembourg', 'LUX'),
    ('Malta', 'MLT'), ('Martinique', 'MTQ'), ('Moldova', 'MDA'), ('Monaco', 'MCO'),
    ('Montenegro', 'MNE'), ('Morocco', 'MAR'), ('Netherlands', 'NLD'),
    ('North Macedonia', 'MKD'), ('Norway', 'NOR'), ('Poland', 'POL'), ('Portugal', 'PRT'),
    ('Reunion', 'REU'), ('Romania', 'ROU'), ('Russia', 'RUS'), ('San Marino', 'SMR'),
    ('Serbia', 'SRB'), ('Slovakia', 'SVK'), ('Slovenia', 'SVN'), ('Spain', 'ESP'),
    ('Svalbard and Jan Mayen', 'SJM'), ('Sweden', 'SWE'), ('Switzerland', 'CHE'),
    ('Turkey', 'TUR'), ('Ukraine', 'UKR'), ('United Kingdom', 'GBR'), ('United States', 'USA'),
    ('Holy See', 'VAT');
