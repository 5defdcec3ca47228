BEGIN TRANSACTION;
CREATE TABLE history_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "history_version" VALUES(1);
CREATE TABLE metric (
	id INTEGER NOT NULL, 
	run VARCHAR(32) NOT NULL, 
	subject TEXT NOT NULL, 
	technique VARCHAR(16) NOT NULL, 
	metric VARCHAR(64) NOT NULL, 
	unit VARCHAR(16) NOT NULL, 
	method TEXT NOT NULL, 
	valid BOOLEAN NOT NULL, 
	warnings JSON NOT NULL, 
	recorded DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(run) REFERENCES run (id)
);
INSERT INTO "metric" VALUES(1,'20261130-235907-b80','null-guest','unikernel','size','bytes','bytes of its kernel',1,'[]','2026-11-30 23:59:18.401416');
INSERT INTO "metric" VALUES(2,'20261130-235907-b80','null-guest','unikernel','start_running','s','creating call until it returns',1,'[]','2026-11-30 23:59:18.420938');
INSERT INTO "metric" VALUES(3,'20261130-235907-b80','null-guest','unikernel','start_first_answer','s','creating call until the guest has powered off and is gone',1,'[]','2026-11-30 23:59:18.424001');
INSERT INTO "metric" VALUES(4,'20261130-235907-b80','empty-container','container','size','bytes','the engine''s size of the image',1,'[]','2026-12-01 00:00:19.969539');
INSERT INTO "metric" VALUES(5,'20261130-235907-b80','empty-container','container','start_running','s','creating call until it returns',1,'["the samples spread over 85% of their median"]','2026-12-01 00:00:19.997817');
INSERT INTO "metric" VALUES(6,'20261130-235907-b80','empty-container','container','start_first_answer','s','creating call until the engine says that it ended',1,'["the samples spread over 75% of their median"]','2026-12-01 00:00:20.002071');
INSERT INTO "metric" VALUES(7,'20261201-002939-ad5','null-guest','unikernel','size','bytes','bytes of its kernel',1,'[]','2026-12-01 00:29:47.732324');
INSERT INTO "metric" VALUES(8,'20261201-002939-ad5','null-guest','unikernel','start_running','s','creating call until it returns',1,'[]','2026-12-01 00:29:47.737645');
INSERT INTO "metric" VALUES(9,'20261201-002939-ad5','null-guest','unikernel','start_first_answer','s','creating call until the guest has powered off and is gone',1,'[]','2026-12-01 00:29:47.740380');
CREATE TABLE run (
	number INTEGER NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	flow TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	started DATETIME NOT NULL, 
	ended DATETIME, 
	platform TEXT NOT NULL, 
	platform_details JSON NOT NULL, 
	machine TEXT NOT NULL, 
	process TEXT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
INSERT INTO "run" VALUES(15,'20261130-235907-b80','measure','lab','done','2026-11-30 23:59:07.464490','2026-12-01 00:00:20.810871','emulation, Intel(R) Xeon(R) Processor, 2 cores, 25.3 GB, Xen 4.20.5-pre, Docker 26.1.5+dfsg1, Debian GNU/Linux 12 (bookworm)','{"kind": "emulation", "processor": "Intel(R) Xeon(R) Processor", "cores": 2, "memory": 25276502016, "controller_os": "Debian GNU/Linux 12 (bookworm)", "hypervisor_version": "4.20.5-pre", "engine_version": "26.1.5+dfsg1", "qemu_version": ""}','vm 3d1219c7c4c5404aaa1f6d2a48adfda4','ef8a362f-c50e-4818-aa49-39596d7cc88d 5378 2190365');
INSERT INTO "run" VALUES(22,'20261201-000330-a58','rm','lab','failed','2026-12-01 00:03:30.927616','2026-12-01 00:03:31.750239','emulation, Intel(R) Xeon(R) Processor, 2 cores, 25.3 GB, Debian GNU/Linux 12 (bookworm)','{"kind": "emulation", "processor": "Intel(R) Xeon(R) Processor", "cores": 2, "memory": 25276502016, "controller_os": "Debian GNU/Linux 12 (bookworm)", "hypervisor_version": "", "engine_version": "", "qemu_version": ""}','vm 3d1219c7c4c5404aaa1f6d2a48adfda4','ef8a362f-c50e-4818-aa49-39596d7cc88d 8009 2217115');
INSERT INTO "run" VALUES(44,'20261201-002939-ad5','measure','lab','done','2026-12-01 00:29:39.079024','2026-12-01 00:29:48.361793','emulation, Intel(R) Xeon(R) Processor, 2 cores, 25.3 GB, Xen 4.20.5-pre, Docker 26.1.5+dfsg1, Debian GNU/Linux 12 (bookworm)','{"kind": "emulation", "processor": "Intel(R) Xeon(R) Processor", "cores": 2, "memory": 25276502016, "controller_os": "Debian GNU/Linux 12 (bookworm)", "hypervisor_version": "4.20.5-pre", "engine_version": "26.1.5+dfsg1", "qemu_version": ""}','vm 3d1219c7c4c5404aaa1f6d2a48adfda4','ef8a362f-c50e-4818-aa49-39596d7cc88d 11653 2373728');
CREATE TABLE sample (
	metric INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	PRIMARY KEY (metric, position), 
	FOREIGN KEY(metric) REFERENCES metric (id)
);
INSERT INTO "sample" VALUES(1,0,8696.0);
INSERT INTO "sample" VALUES(2,0,8.26079753001977223902e-01);
INSERT INTO "sample" VALUES(2,1,0.818456437002169);
INSERT INTO "sample" VALUES(2,2,7.98500726999918697401e-01);
INSERT INTO "sample" VALUES(2,3,0.817683080000279);
INSERT INTO "sample" VALUES(2,4,9.24120573999971384182e-01);
INSERT INTO "sample" VALUES(3,0,1.59801708899976802058e+00);
INSERT INTO "sample" VALUES(3,1,1.41004971399888745509e+00);
INSERT INTO "sample" VALUES(3,2,1.4574996180017478764e+00);
INSERT INTO "sample" VALUES(3,3,1.60306534099800046533e+00);
INSERT INTO "sample" VALUES(3,4,1.71832763499696739017e+00);
INSERT INTO "sample" VALUES(4,0,4320.0);
INSERT INTO "sample" VALUES(5,0,1.46957233150023967027e+01);
INSERT INTO "sample" VALUES(5,1,8.79540285000257426872e+00);
INSERT INTO "sample" VALUES(5,2,7.74083792100282153114e+00);
INSERT INTO "sample" VALUES(5,3,9.85014749999754712916e+00);
INSERT INTO "sample" VALUES(5,4,7.19947218699962832033e+00);
INSERT INTO "sample" VALUES(6,0,1.70543502569998963735e+01);
INSERT INTO "sample" VALUES(6,1,1.06727948300031130204e+01);
INSERT INTO "sample" VALUES(6,2,9.39775274600106);
INSERT INTO "sample" VALUES(6,3,1.17296540329989511524e+01);
INSERT INTO "sample" VALUES(6,4,9.00579964099961216561e+00);
INSERT INTO "sample" VALUES(7,0,8696.0);
INSERT INTO "sample" VALUES(8,0,8.54228200998477404937e-01);
INSERT INTO "sample" VALUES(8,1,6.04907314998854417353e-01);
INSERT INTO "sample" VALUES(8,2,7.74665603999892482534e-01);
INSERT INTO "sample" VALUES(8,3,7.08559008999145589768e-01);
INSERT INTO "sample" VALUES(8,4,0.633460532000754);
INSERT INTO "sample" VALUES(9,0,1.43039210899951285682e+00);
INSERT INTO "sample" VALUES(9,1,1.14753663999727);
INSERT INTO "sample" VALUES(9,2,1.37543221300074947066e+00);
INSERT INTO "sample" VALUES(9,3,1.29677246700157411396e+00);
INSERT INTO "sample" VALUES(9,4,1.15872573600063333287e+00);
CREATE TABLE step (
	id INTEGER NOT NULL, 
	run VARCHAR(32) NOT NULL, 
	step TEXT NOT NULL, 
	host TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	started DATETIME NOT NULL, 
	ended DATETIME, 
	changed BOOLEAN NOT NULL, 
	retries INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(run) REFERENCES run (id)
);
INSERT INTO "step" VALUES(397,'20261130-235907-b80','measure null-guest','null-guest','unchanged','2026-11-30 23:59:09.779381','2026-11-30 23:59:18.429896',0,0,'not measured as it is now','not measured as it is now');
INSERT INTO "step" VALUES(398,'20261130-235907-b80','measure empty-container','empty-container','unchanged','2026-11-30 23:59:18.460548','2026-12-01 00:00:20.008347',0,0,'not measured as it is now','not measured as it is now');
INSERT INTO "step" VALUES(485,'20261201-000330-a58','rm dice-pvh','server','failed','2026-12-01 00:03:30.934486','2026-12-01 00:03:31.740620',0,0,'dice-pvh is not there','dice-pvh is not there
  seen: nothing of that name carries the mark of environment lab
  next: python -m flows.deploy_all /tmp/ci4/main/deployments/.lab-dice.yaml makes it');
INSERT INTO "step" VALUES(873,'20261201-002939-ad5','measure null-guest','null-guest','unchanged','2026-12-01 00:29:40.678827','2026-12-01 00:29:47.745279',0,0,'not measured as it is now','not measured as it is now');
CREATE INDEX ix_step_run ON step (run);
CREATE INDEX metric_of_run ON metric (run, subject, metric);
COMMIT;
