// knex: query builder, schema builder, transactions.
import assert from "node:assert";
import { after, before, test } from "node:test";
import knex from "knex";
import { pgOptions } from "./common.mjs";

let db;
before(async () => {
  db = knex({ client: "pg", connection: pgOptions, pool: { min: 0, max: 2 } });
  await db.schema.createTable("knex_pets", (table) => {
    table.uuid("id").primary().defaultTo(db.raw("gen_random_uuid()"));
    table.string("name", 30).notNullable();
    table.integer("age");
  });
});
after(async () => {
  await db.schema.dropTableIfExists("knex_pets");
  await db.destroy();
});

test("rows go in and come out", async () => {
  const [{ id }] = await db("knex_pets").insert({ name: "Andy", age: 3 }).returning("id");
  assert.deepStrictEqual(await db("knex_pets").where({ id }).select("name", "age"), [{ name: "Andy", age: 3 }]);
  assert.strictEqual(await db("knex_pets").where("age", ">", 2).update({ age: 4 }), 1);
});

test("the schema can be looked at and changed", async () => {
  assert.ok(await db.schema.hasTable("knex_pets"));
  assert.strictEqual((await db("knex_pets").columnInfo()).name.maxLength, 30);
  await db.schema.alterTable("knex_pets", (table) => table.text("owner"));
  assert.ok(await db.schema.hasColumn("knex_pets", "owner"));
});

test("transactions are rolled back", async () => {
  await assert.rejects(db.transaction(async (t) => {
    await t("knex_pets").insert({ name: "Belle" });
    throw new Error("no");
  }), /no/);
  assert.strictEqual((await db("knex_pets").where({ name: "Belle" })).length, 0);
});
