// drizzle over node-postgres.
import assert from "node:assert";
import { after, before, test } from "node:test";
import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import pg from "pg";
import { pgOptions } from "./common.mjs";

const pets = pgTable("drizzle_pets", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  age: integer("age"),
});
let pool, db;
before(async () => {
  pool = new pg.Pool({ ...(await pgOptions()), max: 2 });
  db = drizzle(pool);
  await db.execute(sql`create table drizzle_pets (id uuid primary key default gen_random_uuid(), name text not null, age int)`);
});
after(async () => {
  await db.execute(sql`drop table if exists drizzle_pets`);
  await pool.end();
});

test("insert, select, update, delete", async () => {
  const [made] = await db.insert(pets).values({ name: "Andy", age: 1 }).returning();
  assert.strictEqual(made.name, "Andy");
  await db.update(pets).set({ age: 2 }).where(eq(pets.id, made.id));
  assert.deepStrictEqual(await db.select({ age: pets.age }).from(pets), [{ age: 2 }]);
  await db.delete(pets).where(eq(pets.id, made.id));
});

test("upserts", async () => {
  const id = "00000000-0000-0000-0000-000000000001";
  for (const name of ["one", "two"]) {
    await db.insert(pets).values({ id, name }).onConflictDoUpdate({ target: pets.id, set: { name } });
  }
  assert.deepStrictEqual(await db.select({ name: pets.name }).from(pets).where(eq(pets.id, id)), [{ name: "two" }]);
});

test("transactions are rolled back", async () => {
  await assert.rejects(db.transaction(async (t) => {
    await t.insert(pets).values({ name: "gone" });
    throw new Error("no");
  }), /no/);
  assert.strictEqual((await db.select().from(pets).where(eq(pets.name, "gone"))).length, 0);
});
