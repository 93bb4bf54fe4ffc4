// What the parts of the page at /try/lessons/admin share: calls in an author's name, and what one may.
import { $, randomKey, send } from "/try/page.js";
import { attempt as tried, state } from "/try/session.js";

const TRIES = 3;

export function call(path) {
  return send(path, { session: state.session, tries: TRIES });
}

// A write is sent again when its answer is lost: with one key nothing is done twice.
export function write(method, path, body, etag) {
  const headers = { "Idempotency-Key": randomKey() };
  if (etag) headers["If-Match"] = etag;
  return send(path, { method, body, headers, session: state.session, tries: TRIES });
}

// Imports a file, or says what an import would do.
export async function upload(file, dryRun) {
  const body = new FormData();
  body.set("dry_run", String(dryRun));
  body.set("file", file, file.name);
  return (await write("POST", "/admin/content/import", body)).body;
}

export function say(text) {
  $("done").textContent = text;
}

// Runs something that an author asked for; what goes wrong is said at the top of the page.
export function attempt(work) {
  say("");
  return tried(work);
}

function has(...roles) {
  return Boolean(state.session?.user.roles.some((role) => roles.includes(role)));
}

export const mayWrite = () => has("author", "admin");
export const mayPublish = () => has("admin");
