// The page at /try/lessons/admin: authors list lessons, open one in the editor, import and export files.
import { $, box, element } from "/try/page.js";
import { on, startAccount, state as who } from "/try/session.js";
import { attempt, call, mayPublish, mayWrite, say, upload } from "/try/lessons/admin-calls.js";
import { closeEditor, edit, open, startEditor } from "/try/lessons/admin-editor.js";
import { showReports } from "/try/lessons/admin-reports.js";

const AT_ONCE = 50;
const STATUSES = { draft: "draft", published: "published", retired: "retired" };

let cursor = null;
let shown = 0;

// --- the list

function query() {
  const asked = new URLSearchParams({ limit: AT_ONCE, sort: "-updated_at" });
  for (const name of ["topic", "status"]) if ($(name).value) asked.set(name, $(name).value);
  return asked;
}

async function showList() {
  if (!mayWrite()) return;
  const { body } = await call(`/admin/content?${query()}`);
  $("list").replaceChildren();
  shown = 0;
  add(body);
}

async function showWork() {
  await showList();
  if (mayWrite()) await showReports();
}

async function showMore() {
  const { body } = await call(`/admin/content?${query()}&cursor=${encodeURIComponent(cursor)}`);
  add(body)?.querySelector("button").focus();
}

function add({ items, next_cursor: next }) {
  const made = items.map(listItem);
  $("list").append(...made);
  [cursor, shown] = [next, shown + items.length];
  $("more").hidden = !cursor;
  $("count").textContent = shown ? `${shown} lesson${shown === 1 ? "" : "s"}${cursor ? ", and more" : ""}` : "No lesson is like that.";
  return made[0];
}

function listItem(entry) {
  const changed = new Date(entry.updated_at).toLocaleDateString("en", { dateStyle: "medium" });
  const ahead = entry.status === "published" && entry.revision !== entry.published_revision ? ", with a draft" : "";
  const about = `${entry.key} · ${STATUSES[entry.status]}${ahead} · revision ${entry.revision} · ${changed}`;
  const button = element("button", "Edit", { type: "button", class: "quiet", "aria-label": `Edit “${entry.title}”` });
  button.addEventListener("click", () => attempt(() => open(entry.content_id)));
  return box("li", { "data-key": entry.key }, box("div", {}, element("p", entry.title), element("p", about, { class: "hint" })), button);
}

async function showTopics() {
  const { body } = await call("/topics");
  $("topic").append(...body.items.map((each) => element("option", each.title, { value: each.topic })));
}

// --- files

async function importFile(event) {
  event.preventDefault();
  const tries = event.submitter?.value !== "import";
  await attempt(async () => {
    const found = await upload($("import-file").files[0], tries);
    const counts = `${found.created} new, ${found.updated} changed, ${found.unchanged} as they were`;
    const told = tries ? `An import would make of it: ${counts}.` : `Imported as drafts: ${counts}.`;
    $("import-told").textContent = found.problems.length ? `Nothing is imported: ${found.problems.length} problems.` : told;
    $("import-problems").replaceChildren(...found.problems.map((each) => element("li", `${each.file}, line ${each.line}, ${each.rule}: ${each.message}`)));
    if (!tries) await showList();
  });
}

async function exportAll() {
  const headers = { Authorization: `Bearer ${who.session.access_token}` };
  const status = $("status").value;
  const response = await fetch(`/admin/content/export${status && `?status=${status}`}`, { headers, cache: "no-store" });
  if (!response.ok) throw new Error("The server exports nothing now. Try again.");
  const link = element("a", undefined, { href: URL.createObjectURL(await response.blob()), download: "lessons.zip" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// --- start

function showSession() {
  $("no-author").hidden = !who.session || mayWrite();
  $("work").hidden = !mayWrite();
  for (const id of ["publish", "fix", "retire"]) $(id).dataset.may = String(mayPublish());
}

function start() {
  startAccount();
  startEditor(async (id) => {
    await showList();
    (document.querySelector(`#list [data-key="${CSS.escape(id ?? "")}"] button`) ?? $("list-title")).focus();
  });
  on("change", showSession);
  on("signed-in", () => attempt(showWork));
  on("signed-out", () => {
    closeEditor();
    $("list").replaceChildren();
  });
  for (const id of ["topic", "status"]) $(id).addEventListener("change", () => attempt(showList));
  $("report-status").addEventListener("change", () => attempt(showReports));
  $("more").addEventListener("click", () => attempt(showMore));
  $("new").addEventListener("click", () => { say(""); edit(null); });
  $("import-form").addEventListener("submit", importFile);
  $("export").addEventListener("click", () => attempt(exportAll));
  showSession();
  attempt(async () => {
    await showTopics();
    await showWork();
  });
}

start();
