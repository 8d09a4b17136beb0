-- What is deleted with a postback is found by its receipt.
CREATE INDEX events_of_receipt ON events (receipt) WHERE receipt IS NOT NULL;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('events', 'events_of_receipt', '3000000 1');
