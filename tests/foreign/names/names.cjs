// Lets Node's clients find the simulator by the names in FOREIGN_HOSTS ("host=address,..."); by NODE_OPTIONS=--require.
const dns = require("node:dns");
const known = new Map((process.env.FOREIGN_HOSTS || "").split(",").filter(Boolean).map((pair) => pair.split("=")));
const original = dns.lookup;
dns.lookup = function lookup(name, options, callback) {
  return original.call(this, known.get(name) || name, options, callback);
};
