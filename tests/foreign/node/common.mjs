// What the tests of Node's clients share: where the cluster is, and a token for it.
import { DsqlSigner } from "@aws-sdk/dsql-signer";

export const host = process.env.CLUSTER_ENDPOINT;
export const region = process.env.REGION;

export async function token() {
  return new DsqlSigner({ hostname: host, region }).getDbConnectAdminAuthToken();
}

export async function pgOptions() {
  return { host, port: 5432, user: "admin", database: "postgres", password: await token(), ssl: { rejectUnauthorized: true } };
}
