-- Takes away everything that ddl.sql made, with all data in it. One statement at a time, outside a transaction.
-- Safe to run twice. It names every object: a table of your own in xpoints is kept, and DROP SCHEMA then says so.
-- Privileges go with the tables and the schema, so the roles need no REVOKE first; a role that is linked to an IAM
-- role needs AWS IAM REVOKE before it is dropped.

DROP TABLE IF EXISTS xpoints.image_urls;

DROP TABLE IF EXISTS xpoints.images;

DROP TABLE IF EXISTS xpoints.order_items;

DROP TABLE IF EXISTS xpoints.transactions;

DROP TABLE IF EXISTS xpoints.points_balances;

DROP TABLE IF EXISTS xpoints.shopping_cart_items;

DROP TABLE IF EXISTS xpoints.catalog_images;

DROP TABLE IF EXISTS xpoints.catalog_items;

DROP TABLE IF EXISTS xpoints.customers;

DROP SCHEMA IF EXISTS xpoints;

DROP ROLE IF EXISTS rewards_ro;

DROP ROLE IF EXISTS rewards_rw;
