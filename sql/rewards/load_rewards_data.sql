-- The rewards shop's data: the same rows on every load, made by the server, so this file stays small. Run ddl.sql
-- before it.
--
-- Run it outside a transaction: no statement writes more than 3,000 rows, Aurora DSQL's limit for one transaction.
-- Rows that are there already are skipped, so a load that broke off half-way can simply be run again.
--
-- Nothing is random. Row n's id is the md5 of a label and n, with the version (4) and variant (a) of a random UUID
-- put in; what varies from row to row is a slice of an md5 read as a hexadecimal number. All people and addresses are
-- made up. Rows are inserted in primary key order, the order in which Aurora DSQL keeps a table.

-- catalog_items: 200 rows, in five colours of each product until the category is full
INSERT INTO xpoints.catalog_items (id, name, description, category, usd_price, points_price, rating, sku, weight, width,
                                   height, depth, thumbnail_id)
WITH categories (category, before, items, products) AS (VALUES
    ('Home', 0, 50, 'Table Lamp,Throw Pillow,Wall Clock,Coffee Mug,Bath Towel,Picture Frame,Flower Vase,Storage Basket,'
                    'Cutting Board,Tea Kettle'),
    ('Toys', 50, 45, 'Building Blocks,Stuffed Bear,Toy Train,Jigsaw Puzzle,Spinning Top,Race Car,Doll House,Kite,'
                     'Yo-Yo'),
    ('Electronics', 95, 41, 'Wireless Mouse,Desk Speaker,USB Charger,Headphones,Keyboard,Webcam,Alarm Clock,Power Bank,'
                            'Night Light'),
    ('Accessories', 136, 36, 'Backpack,Umbrella,Wallet,Watch Strap,Sunglasses,Belt,Tote Bag,Key Ring'),
    ('Clothing', 172, 27, 'T-Shirt,Hoodie,Rain Jacket,Wool Scarf,Baseball Cap,Wool Socks'),
    ('Sports', 199, 1, 'Yoga Mat')),
chosen AS (
    SELECT before + i AS n, md5('item details ' || before + i) AS h, category,
           split_part(products, ',', 1 + (i - 1) / 5) AS product,
           split_part('Blue,Green,Grey,Red,White', ',', 1 + (i - 1) % 5) AS colour
    FROM categories JOIN generate_series(1, 50) AS i ON i <= items),
priced AS (
    SELECT *, (499 + ('0x' || substr(h, 1, 4))::int % 9500) / 100.0 AS usd_price FROM chosen)
SELECT overlay(overlay(md5('item ' || n) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid AS id,
       colour || ' ' || product, product || ' in ' || lower(colour) || ', from our ' || lower(category) || ' range',
       category, usd_price, round(10 * usd_price), (30 + ('0x' || substr(h, 5, 4))::int % 21) / 10.0,
       upper(left(category, 3)) || '-' || lpad(n::text, 4, '0'), (1 + ('0x' || substr(h, 9, 4))::int % 50) / 10.0,
       (20 + ('0x' || substr(h, 13, 4))::int % 400) / 10.0, (20 + ('0x' || substr(h, 17, 4))::int % 400) / 10.0,
       (20 + ('0x' || substr(h, 21, 4))::int % 400) / 10.0,
       overlay(overlay(md5('image ' || n) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid
FROM priced
ORDER BY id
ON CONFLICT DO NOTHING;

-- images: 200 rows, the thumbnail of each item
INSERT INTO xpoints.images (id, filename)
SELECT thumbnail_id, lower(replace(name, ' ', '-')) || '.png'
FROM xpoints.catalog_items
WHERE thumbnail_id IS NOT NULL
ORDER BY thumbnail_id
ON CONFLICT DO NOTHING;

-- catalog_images: 200 rows
INSERT INTO xpoints.catalog_images (item_id, image_id)
SELECT id, thumbnail_id
FROM xpoints.catalog_items
WHERE thumbnail_id IS NOT NULL
ORDER BY id, thumbnail_id
ON CONFLICT DO NOTHING;

-- customers: 5,000 rows in two halves, alike but for the range of ids in WHERE. The people in the list have numbered
-- namesakes, which keeps usernames unique; "named" fixes what the labs say about four of them.
INSERT INTO xpoints.customers (id, username, first_name, last_name, maiden_name, gender, email, phone_num, age, address,
                               city, state, state_code, postal_code)
WITH lists (people, states) AS (VALUES (
    'Carlos Salazar,Martha Rivera,Nikki Wolf,Jane Doe,John Stiles,Mary Major,Richard Roe,Pat Candella,Terry Whitlock,'
    'Akua Mansa,Kwaku Mensah,Efua Owusu,Arnav Desai,Saanvi Sarkar,Nikhil Jayashankar,Jie Liu,Xiulan Wang,Wei Zhang,'
    'María García,Sofía Martínez,Diego Ramírez,Shirley Rodríguez,Márcia Oliveira,Paulo Santos,Jorge Souza,'
    'José Peña,Zoë Lefèvre,Jürgen Köhler,Mateo Jackson,Alejandro Rosales,Ha-eun Kim,Aiko Tanaka',
    'Alabama AL,Alaska AK,Arizona AZ,Arkansas AR,California CA,Colorado CO,Connecticut CT,Delaware DE,Florida FL,'
    'Georgia GA,Hawaii HI,Idaho ID,Illinois IL,Indiana IN,Iowa IA,Kansas KS,Kentucky KY,Louisiana LA,Maine ME,'
    'Maryland MD,Massachusetts MA,Michigan MI,Minnesota MN,Mississippi MS,Missouri MO,Montana MT,Nebraska NE,Nevada NV,'
    'New Hampshire NH,New Jersey NJ,New Mexico NM,New York NY,North Carolina NC,North Dakota ND,Ohio OH,Oklahoma OK,'
    'Oregon OR,Pennsylvania PA,Rhode Island RI,South Carolina SC,South Dakota SD,Tennessee TN,Texas TX,Utah UT,'
    'Vermont VT,Virginia VA,Washington WA,West Virginia WV,Wisconsin WI,Wyoming WY')),
named (n, id, domain, age, address) AS (VALUES
    (321, 'cde00641-e5e0-4987-b9c6-2957d0ed9b87'::uuid, 'au', NULL::int, NULL),
    (2786, '84c0b418-f3ad-4b8c-b51e-78a882a7d004', 'com', NULL, NULL),
    (3969, '02ed6bb8-386a-4577-8f7f-c60f5fd098b3', 'edu', 65, '4550 Z Street'),
    (4195, '00152be0-72d3-4dfc-be63-aaa0596991b9', 'edu', 54, NULL)),
numbered AS (
    SELECT n, md5('customer details ' || n) AS h,
           overlay(overlay(md5('customer ' || n) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid AS id
    FROM generate_series(1, 5000) AS n),
chosen AS (
    SELECT coalesce(named.id, numbered.id) AS id, (n + 31) / 32 AS namesake, h,
           split_part(people, ',', 1 + (n - 1) % 32) AS person,
           split_part(people, ',', 1 + ('0x' || substr(h, 1, 4))::int % 32) AS relative,
           split_part(states, ',', 1 + ('0x' || substr(h, 5, 4))::int % 50) AS state,
           coalesce(domain, split_part('com,edu,net,org', ',', 1 + ('0x' || substr(h, 9, 1))::int % 4)) AS domain,
           coalesce(age, 18 + ('0x' || substr(h, 10, 4))::int % 63) AS age,
           coalesce(address, 1000 + ('0x' || substr(h, 14, 4))::int % 9000 || ' '
                             || chr(65 + ('0x' || substr(h, 18, 4))::int % 26) || ' Street') AS address
    FROM lists CROSS JOIN numbered LEFT JOIN named USING (n)),
addressed AS (
    SELECT *, lower(translate(replace(person, ' ', '_'), 'áèéëíñöü', 'aeeeinou')) || '_' || namesake
              || '@example.' || domain AS email
    FROM chosen)
SELECT id, email, split_part(person, ' ', 1), split_part(person, ' ', 2), split_part(relative, ' ', 2),
       split_part('Female,Male,Other', ',', 1 + ('0x' || substr(h, 22, 3))::int % 3), email,
       '555-01' || lpad((('0x' || substr(h, 25, 3))::int % 100)::text, 2, '0'), age, address,
       split_part('Any Town,Anytown,Anywhere,Nowhere', ',', 1 + ('0x' || substr(h, 28, 1))::int % 4),
       left(state, -3), right(state, 2), (10000 + ('0x' || substr(h, 1, 7))::int % 90000)::text
FROM addressed
WHERE id < '80000000-0000-4000-8000-000000000000'
ORDER BY id
ON CONFLICT DO NOTHING;

-- the second half
INSERT INTO xpoints.customers (id, username, first_name, last_name, maiden_name, gender, email, phone_num, age, address,
                               city, state, state_code, postal_code)
WITH lists (people, states) AS (VALUES (
    'Carlos Salazar,Martha Rivera,Nikki Wolf,Jane Doe,John Stiles,Mary Major,Richard Roe,Pat Candella,Terry Whitlock,'
    'Akua Mansa,Kwaku Mensah,Efua Owusu,Arnav Desai,Saanvi Sarkar,Nikhil Jayashankar,Jie Liu,Xiulan Wang,Wei Zhang,'
    'María García,Sofía Martínez,Diego Ramírez,Shirley Rodríguez,Márcia Oliveira,Paulo Santos,Jorge Souza,'
    'José Peña,Zoë Lefèvre,Jürgen Köhler,Mateo Jackson,Alejandro Rosales,Ha-eun Kim,Aiko Tanaka',
    'Alabama AL,Alaska AK,Arizona AZ,Arkansas AR,California CA,Colorado CO,Connecticut CT,Delaware DE,Florida FL,'
    'Georgia GA,Hawaii HI,Idaho ID,Illinois IL,Indiana IN,Iowa IA,Kansas KS,Kentucky KY,Louisiana LA,Maine ME,'
    'Maryland MD,Massachusetts MA,Michigan MI,Minnesota MN,Mississippi MS,Missouri MO,Montana MT,Nebraska NE,Nevada NV,'
    'New Hampshire NH,New Jersey NJ,New Mexico NM,New York NY,North Carolina NC,North Dakota ND,Ohio OH,Oklahoma OK,'
    'Oregon OR,Pennsylvania PA,Rhode Island RI,South Carolina SC,South Dakota SD,Tennessee TN,Texas TX,Utah UT,'
    'Vermont VT,Virginia VA,Washington WA,West Virginia WV,Wisconsin WI,Wyoming WY')),
named (n, id, domain, age, address) AS (VALUES
    (321, 'cde00641-e5e0-4987-b9c6-2957d0ed9b87'::uuid, 'au', NULL::int, NULL),
    (2786, '84c0b418-f3ad-4b8c-b51e-78a882a7d004', 'com', NULL, NULL),
    (3969, '02ed6bb8-386a-4577-8f7f-c60f5fd098b3', 'edu', 65, '4550 Z Street'),
    (4195, '00152be0-72d3-4dfc-be63-aaa0596991b9', 'edu', 54, NULL)),
numbered AS (
    SELECT n, md5('customer details ' || n) AS h,
           overlay(overlay(md5('customer ' || n) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid AS id
    FROM generate_series(1, 5000) AS n),
chosen AS (
    SELECT coalesce(named.id, numbered.id) AS id, (n + 31) / 32 AS namesake, h,
           split_part(people, ',', 1 + (n - 1) % 32) AS person,
           split_part(people, ',', 1 + ('0x' || substr(h, 1, 4))::int % 32) AS relative,
           split_part(states, ',', 1 + ('0x' || substr(h, 5, 4))::int % 50) AS state,
           coalesce(domain, split_part('com,edu,net,org', ',', 1 + ('0x' || substr(h, 9, 1))::int % 4)) AS domain,
           coalesce(age, 18 + ('0x' || substr(h, 10, 4))::int % 63) AS age,
           coalesce(address, 1000 + ('0x' || substr(h, 14, 4))::int % 9000 || ' '
                             || chr(65 + ('0x' || substr(h, 18, 4))::int % 26) || ' Street') AS address
    FROM lists CROSS JOIN numbered LEFT JOIN named USING (n)),
addressed AS (
    SELECT *, lower(translate(replace(person, ' ', '_'), 'áèéëíñöü', 'aeeeinou')) || '_' || namesake
              || '@example.' || domain AS email
    FROM chosen)
SELECT id, email, split_part(person, ' ', 1), split_part(person, ' ', 2), split_part(relative, ' ', 2),
       split_part('Female,Male,Other', ',', 1 + ('0x' || substr(h, 22, 3))::int % 3), email,
       '555-01' || lpad((('0x' || substr(h, 25, 3))::int % 100)::text, 2, '0'), age, address,
       split_part('Any Town,Anytown,Anywhere,Nowhere', ',', 1 + ('0x' || substr(h, 28, 1))::int % 4),
       left(state, -3), right(state, 2), (10000 + ('0x' || substr(h, 1, 7))::int % 90000)::text
FROM addressed
WHERE id >= '80000000-0000-4000-8000-000000000000'
ORDER BY id
ON CONFLICT DO NOTHING;

-- points_balances: 5,000 rows in two halves, one per customer
INSERT INTO xpoints.points_balances (customer_id, points_balance)
SELECT id, CASE id WHEN '84c0b418-f3ad-4b8c-b51e-78a882a7d004' THEN 283
                   WHEN 'cde00641-e5e0-4987-b9c6-2957d0ed9b87' THEN 288
                   ELSE ('0x' || substr(md5('balance ' || id), 1, 6))::int % 2500 END
FROM xpoints.customers
WHERE id < '80000000-0000-4000-8000-000000000000'
ORDER BY id
ON CONFLICT DO NOTHING;

INSERT INTO xpoints.points_balances (customer_id, points_balance)
SELECT id, CASE id WHEN '84c0b418-f3ad-4b8c-b51e-78a882a7d004' THEN 283
                   WHEN 'cde00641-e5e0-4987-b9c6-2957d0ed9b87' THEN 288
                   ELSE ('0x' || substr(md5('balance ' || id), 1, 6))::int % 2500 END
FROM xpoints.customers
WHERE id >= '80000000-0000-4000-8000-000000000000'
ORDER BY id
ON CONFLICT DO NOTHING;

-- shopping_cart_items: 30 rows, ten customers with three items each (no number is that of a customer in "named")
INSERT INTO xpoints.shopping_cart_items (customer_id, item_id, quantity)
WITH numbers AS (
    SELECT 455 * (1 + n / 3) AS customer, 1 + n * 61 % 200 AS item, 1 + n % 4 AS quantity
    FROM generate_series(0, 29) AS n)
SELECT overlay(overlay(md5('customer ' || customer) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid AS customer_id,
       overlay(overlay(md5('item ' || item) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid AS item_id, quantity
FROM numbers
ORDER BY customer_id, item_id
ON CONFLICT DO NOTHING;

-- order_items: 100 rows, one or two items for each of the transactions 1 to 60
INSERT INTO xpoints.order_items (tx_id, cat_item_id, unit_cnt, unit_points_price)
WITH numbers AS (
    SELECT 1 + n % 60 AS tx, 1 + n * (n + 3) % 200 AS item, 1 + n % 5 % 3 AS unit_cnt
    FROM generate_series(0, 99) AS n),
ordered AS (
    SELECT overlay(overlay(md5('transaction ' || tx) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid AS tx_id,
           overlay(overlay(md5('item ' || item) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid AS item_id, unit_cnt
    FROM numbers)
SELECT tx_id, item_id, unit_cnt, points_price
FROM ordered JOIN xpoints.catalog_items ON id = item_id
ORDER BY tx_id, item_id
ON CONFLICT DO NOTHING;

-- transactions: 300 rows; "points" is the change of the balance. 60 SPEND (what the order's items cost), 60 ADJUST,
-- 90 SEND and their 90 RECEIVE (same points, same time). None belongs to a customer in "named".
INSERT INTO xpoints.transactions (id, customer_id, tx_type, points, tx_dt, tx_description)
WITH kinds (tx_type, first, last, pair, sign, tx_description) AS (VALUES
    ('SPEND', 1, 60, 0, -1, 'Rewards order'),
    ('ADJUST', 61, 120, 0, 1, 'Goodwill points'),
    ('SEND', 121, 210, 0, -1, 'Points sent to a friend'),
    ('RECEIVE', 211, 300, 90, 1, 'Points received from a friend')),
numbers AS (
    SELECT n, 39 * (1 + n % 120) AS customer, md5('transaction details ' || n - pair) AS h, kinds.*
    FROM kinds JOIN generate_series(1, 300) AS n ON n BETWEEN first AND last),
made AS (
    SELECT *, overlay(overlay(md5('transaction ' || n) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid AS id,
           overlay(overlay(md5('customer ' || customer) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid AS customer_id
    FROM numbers),
orders AS (
    SELECT tx_id, sum(unit_cnt * unit_points_price) AS cost FROM xpoints.order_items GROUP BY tx_id)
SELECT id, customer_id, tx_type, sign * coalesce(cost, 10 + ('0x' || substr(h, 1, 4))::int % 400),
       timestamp '2025-01-01 00:00:00' + ('0x' || substr(h, 5, 6))::int * interval '1 second', tx_description
FROM made LEFT JOIN orders ON tx_id = id
ORDER BY id
ON CONFLICT DO NOTHING;

-- image_urls: no rows; the application fills it with links of its own
