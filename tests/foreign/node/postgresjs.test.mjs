// postgres.js, which prepares every statement.
import assert from "node:assert";
import { test } from "node:test";
import postgres from "postgres";
import { pgOptions } from "./common.mjs";

async function connected(max = 2) {
  const { user, ...options } = await pgOptions();
  return postgres({ ...options, username: user, max });
}

test("tagged templates and types", async () => {
  const sql = await connected();
  const [row] = await sql`select ${5}::int as n, ${"x"}::text as t, now() as at, ${sql.json({ a: 1 })}::jsonb as j`;
  assert.strictEqual(row.n, 5);
  assert.ok(row.at instanceof Date);
  assert.deepStrictEqual(row.j, { a: 1 });
  await sql.end();
});

test("bulk inserts and transactions", async () => {
  const sql = await connected();
  await sql`create table postgresjs_t (id int primary key, v text)`;
  await sql.begin(async (t) => {
    await t`insert into postgresjs_t ${t([{ id: 1, v: "a" }, { id: 2, v: "b" }])}`;
  });
  assert.strictEqual((await sql`select * from postgresjs_t where id in ${sql([1, 2])}`).length, 2);
  await assert.rejects(sql.begin(async (t) => {
    await t`insert into postgresjs_t values (3, 'c')`;
    throw new Error("no");
  }), /no/);
  assert.strictEqual((await sql`select * from postgresjs_t`).length, 2);
  await sql`drop table postgresjs_t`;
  await sql.end();
});

test("a conflict at commit", async () => {
  const sql = await connected();
  await sql`create table postgresjs_c (id int primary key, n int)`;
  await sql`insert into postgresjs_c values (1, 0)`;
  await assert.rejects(
    sql.begin(async (t) => {
      await t`update postgresjs_c set n = 1 where id = 1`;
      await sql`update postgresjs_c set n = 2 where id = 1`;
    }),
    (error) => error.code === "40001",
  );
  await sql`drop table postgresjs_c`;
  await sql.end();
});
