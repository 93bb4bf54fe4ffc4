// The editor of a lesson: saves drafts, says what is wrong by line, publishes, retires, deletes, and asks when two have edited.
import { $ } from "/try/page.js";
import { attempt, call, say, upload, write } from "/try/lessons/admin-calls.js";
import { showNumbers, showProblems, startProblems } from "/try/lessons/admin-problems.js";
import { showRevisions, startRevisions } from "/try/lessons/admin-revisions.js";

const PATH = "/admin/content";
const QUIET_MS = 1500; // after the last key, before what is written is looked at
const APART_MS = 12_000; // looks: the server takes 60 uploads in ten minutes
const HAS_PICTURES = /^media:/m; // they are not sent along, so a look would miss them
const TEMPLATE = `---
key: topic/slug
title: What it says
topic: topic
sequence: 1
difficulty: beginner
minutes: 6
summary: One sentence.
sources: []
exercises: []
---
Write here.
`;

let edited = null; // the entry in the editor with its ETag; null: a new one
let closed = null; // called with the key of what was in the editor
let timer = null;
let looked = 0;

export async function open(id) {
  const { body, etag } = await call(`${PATH}/${id}`);
  edit({ ...body, etag });
  await showRevisions(body);
}

// Shows an entry, or a new one, in the editor.
export function edit(entry) {
  show(entry);
  $("source").value = entry?.source ?? TEMPLATE;
  $("conflict").hidden = true;
  $("preview-told").hidden = true;
  if (entry) showProblems(entry.problems, entry.warnings, true);
  else showProblems([], [], false);
  if (!entry) $("problems-count").textContent = "Not saved yet.";
  $("editor").hidden = false;
  $("editor-title").focus();
  $("editor").scrollIntoView({ block: "start" });
}

// Shows what an entry is and what may be done with it; the text of the editor stays.
function show(entry) {
  edited = entry;
  $("editor-title").textContent = entry ? entry.title : "New lesson";
  const published = entry?.published_revision ? `, learners read revision ${entry.published_revision}` : "";
  $("about").textContent = entry ? `${entry.key} · ${entry.status} · revision ${entry.revision}${published}` : "";
  const isOut = Boolean(entry?.published_revision);
  const offered = { publish: Boolean(entry), fix: isOut, retire: isOut && entry.status !== "retired", preview: Boolean(entry), delete: Boolean(entry) && !isOut };
  for (const [id, is] of Object.entries(offered)) $(id).hidden = !is || $(id).dataset.may === "false";
  $("revisions-part").hidden = !entry;
}

export function closeEditor() {
  clearTimeout(timer);
  edited = null;
  $("editor").hidden = true;
}

// --- saving

async function save() {
  const source = $("source").value;
  try {
    const { body, etag } = edited ? await write("PUT", `${PATH}/${edited.content_id}`, { source }, edited.etag) : await write("POST", PATH, { kind: "lesson", source });
    await saved({ ...body, etag });
    say(`Saved as revision ${body.revision}.`);
    return true;
  } catch (error) {
    if (error.document?.status !== 412) throw error;
    await showConflict();
    return false;
  }
}

async function saved(entry) {
  clearTimeout(timer);
  show(entry);
  showProblems(entry.problems, entry.warnings, true);
  await showRevisions(entry);
}

// Somebody else was faster: theirs is shown beside what stands in the editor, and the author decides.
async function showConflict() {
  const { body, etag } = await call(`${PATH}/${edited.content_id}`);
  const theirs = { ...body, etag };
  $("theirs").value = theirs.source;
  $("take-theirs").onclick = () => attempt(async () => {
    edit(theirs);
    await showRevisions(theirs);
  });
  $("keep-mine").onclick = () => attempt(async () => {
    show(theirs);
    $("conflict").hidden = true;
    await save();
    $("source").focus();
  });
  $("conflict").hidden = false;
  $("take-theirs").focus();
}

// What is being written is looked at by an import that changes nothing; a server without imports says it when it is saved.
async function look() {
  const source = $("source").value;
  looked = Date.now();
  try {
    const { problems } = await upload(new File([source], "lesson.md", { type: "text/markdown" }), true);
    if ($("source").value === source && !$("editor").hidden) showProblems(problems, [], false);
  } catch {
    // saving says it
  }
}

function lookSoon() {
  $("problems-count").textContent = "Not saved yet.";
  clearTimeout(timer);
  if (HAS_PICTURES.test($("source").value)) return;
  timer = setTimeout(look, Math.max(QUIET_MS, looked + APART_MS - Date.now()));
}

// --- what becomes of it

function sure(title, text) {
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm").returnValue = "";
  $("confirm").showModal();
  return new Promise((resolve) => {
    $("confirm").addEventListener("close", () => resolve($("confirm").returnValue === "yes"), { once: true });
  });
}

// Saves what has been written first, so that what is published is what is seen.
async function publish(fix) {
  if ($("source").value !== edited.source && !(await save())) return;
  const text = fix ? "Everybody reads the corrected texts at once, also who is inside the lesson." : "Who is inside the lesson stays in the revision before until it is completed.";
  if (!(await sure(fix ? "Publish the draft as a fix of texts?" : "Publish the draft?", text))) return;
  try {
    await write("POST", `${PATH}/${edited.content_id}/publish`, { fix });
  } catch (error) {
    if (error.document?.problems) showProblems(error.document.problems, [], true);
    throw error;
  }
  await again(`Published: ${edited.title}`);
}

async function again(told) {
  const { body, etag } = await call(`${PATH}/${edited.content_id}`);
  await saved({ ...body, etag });
  say(told);
}

async function retire() {
  if (!(await sure("Retire this lesson?", "Nobody new finds it. Who is inside may complete it; history and XP stay."))) return;
  await write("POST", `${PATH}/${edited.content_id}/retire`, {});
  await again(`Retired: ${edited.title}`);
}

async function remove() {
  if (!(await sure("Delete this draft?", "It was never published, and is gone then."))) return;
  const { key, title } = edited;
  await write("DELETE", `${PATH}/${edited.content_id}`, undefined, edited.etag);
  closeEditor();
  await closed(key);
  say(`Deleted: ${title}`);
}

async function preview() {
  if ($("source").value !== edited.source && !(await save())) return;
  const { body } = await write("POST", `${PATH}/${edited.content_id}/preview`, {});
  $("preview-link").href = body.url;
  $("preview-told").hidden = false;
  $("preview-link").focus();
}

export function startEditor(onClose) {
  closed = onClose;
  startProblems();
  startRevisions((number) => attempt(async () => {
    const { body } = await write("POST", `${PATH}/${edited.content_id}/revert`, { revision: number });
    await open(body.content_id);
    say(`The text of revision ${number} is the draft.`);
  }));
  $("source").addEventListener("input", lookSoon);
  $("editor-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(save);
  });
  $("editor").addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    attempt(save);
  });
  for (const [id, work] of Object.entries({ publish: () => publish(false), fix: () => publish(true), retire, delete: remove, preview })) {
    $(id).addEventListener("click", () => attempt(work));
  }
  $("close").addEventListener("click", () => attempt(async () => {
    if ($("source").value !== (edited?.source ?? TEMPLATE) && !(await sure("Close without saving?", "What you have written since you saved is lost."))) return;
    const key = edited?.key;
    closeEditor();
    await closed(key);
  }));
  showNumbers();
}
