-- The rewards shop of the Aurora DSQL labs: schema xpoints, nine tables, two roles, five asynchronous indexes.
--
-- Run it outside a transaction, one statement at a time (a console's include command or psql -f do so): Aurora DSQL
-- takes one DDL statement per transaction, and GRANT counts as one.
--
-- Running it again: schema and tables are left as they are. CREATE ROLE has no IF NOT EXISTS and is refused with 42710
-- "role already exists". Stop there: an index without a name cannot say IF NOT EXISTS either, so each further run
-- would build it a second time as customers_username_idx1, and so on. That is why the roles come before the indexes:
-- whatever stops at the first error (psql after \set ON_ERROR_STOP on) is stopped in time. A run that broke off after
-- CREATE ROLE is started over with reset.sql and then this file.

CREATE SCHEMA IF NOT EXISTS xpoints;

CREATE TABLE IF NOT EXISTS xpoints.customers (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    username varchar(50),
    first_name varchar(50),
    last_name varchar(50),
    maiden_name varchar(50),
    gender varchar(10),
    email varchar(50),
    phone_num varchar(20),
    age int,
    address varchar(100),
    city varchar(50),
    state varchar(25),
    state_code varchar(20),
    postal_code varchar(10)
);

CREATE TABLE IF NOT EXISTS xpoints.catalog_items (
    id uuid PRIMARY KEY,
    name varchar(50),
    description varchar(200),
    category varchar(20),
    usd_price numeric(8, 2),
    points_price int,
    rating real,
    sku varchar(20),
    weight real,
    width real,
    height real,
    depth real,
    thumbnail_id uuid
);

CREATE TABLE IF NOT EXISTS xpoints.catalog_images (
    item_id uuid,
    image_id uuid,
    PRIMARY KEY (item_id, image_id)
);

CREATE TABLE IF NOT EXISTS xpoints.shopping_cart_items (
    customer_id uuid,
    item_id uuid,
    quantity int,
    PRIMARY KEY (customer_id, item_id)
);

CREATE TABLE IF NOT EXISTS xpoints.points_balances (
    customer_id uuid PRIMARY KEY,
    points_balance bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS xpoints.transactions (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    customer_id uuid,
    tx_type varchar(10),
    points bigint,
    tx_dt timestamp DEFAULT now(),
    tx_description varchar(50)
);

CREATE TABLE IF NOT EXISTS xpoints.order_items (
    tx_id uuid,
    cat_item_id uuid,
    unit_cnt int,
    unit_points_price int,
    PRIMARY KEY (tx_id, cat_item_id)
);

CREATE TABLE IF NOT EXISTS xpoints.images (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    filename varchar(100)
);

CREATE TABLE IF NOT EXISTS xpoints.image_urls (
    image_id uuid,
    region varchar(20),
    presigned_url varchar(2000),
    created timestamp DEFAULT now(),
    PRIMARY KEY (image_id, region)
);

-- The application's roles: one reads, one also writes. Link them to IAM roles with AWS IAM GRANT.

CREATE ROLE rewards_ro WITH LOGIN;

GRANT USAGE ON SCHEMA xpoints TO rewards_ro;

GRANT SELECT ON ALL TABLES IN SCHEMA xpoints TO rewards_ro;

CREATE ROLE rewards_rw WITH LOGIN;

GRANT USAGE ON SCHEMA xpoints TO rewards_rw;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA xpoints TO rewards_rw;

-- Each answers with a job id at once and is built in the background; sys.jobs shows how far it is.

CREATE INDEX ASYNC ON xpoints.customers (username);

CREATE INDEX ASYNC ON xpoints.catalog_images (item_id);

CREATE INDEX ASYNC ON xpoints.shopping_cart_items (customer_id);

CREATE INDEX ASYNC ON xpoints.transactions (customer_id);

CREATE INDEX ASYNC ON xpoints.order_items (tx_id);
