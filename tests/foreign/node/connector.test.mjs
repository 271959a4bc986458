// AWS's connector for node-postgres.
import assert from "node:assert";
import { test } from "node:test";
import { AuroraDSQLClient, AuroraDSQLPool } from "@aws/aurora-dsql-node-postgres-connector";
import { host } from "./common.mjs";

test("a client makes its own token", async () => {
  const client = new AuroraDSQLClient({ host, user: "admin" });
  await client.connect();
  const { rows } = await client.query("select $1::int + 1 as n", [1]);
  assert.deepStrictEqual(rows, [{ n: 2 }]);
  await client.end();
});

test("a pool serves several at once", async () => {
  const pool = new AuroraDSQLPool({ host, user: "admin", max: 3 });
  const found = await Promise.all([1, 2, 3, 4].map((n) => pool.query("select $1::text as v", [String(n)])));
  assert.deepStrictEqual(found.map((each) => each.rows[0].v), ["1", "2", "3", "4"]);
  await pool.end();
});

test("the first committer wins", async () => {
  const pool = new AuroraDSQLPool({ host, user: "admin", max: 2 });
  await pool.query("create table node_conflict (id int primary key, n int)");
  await pool.query("insert into node_conflict values (1, 0)");
  const [one, two] = [await pool.connect(), await pool.connect()];
  for (const client of [one, two]) {
    await client.query("begin");
    await client.query("update node_conflict set n = n + 1 where id = $1", [1]);
  }
  await one.query("commit");
  await assert.rejects(two.query("commit"), (error) => error.code === "40001" && /OC000/.test(error.message));
  one.release();
  two.release();
  await pool.query("drop table node_conflict");
  await pool.end();
});
