// The page at /try/twisters-admin: authors list, make, edit and delete tongue twisters.
import { $, element, randomKey, send, stars } from "/try/page.js";
import { attempt as tried, on, startAccount, state as who } from "/try/session.js";

const CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split(" ");
const VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split(" ");
const MOST_SOUNDS = 8;
// `edited`: the twister in the form with the ETag that was read; null for a new one
const state = { cursor: null, shown: 0, edited: null };

function call(path, options = {}) {
  return send(path, { ...options, session: who.session });
}

// A write is sent again when its answer is lost: with one key nothing is done twice.
function write(method, path, body, etag) {
  const headers = { "Idempotency-Key": randomKey() };
  if (etag) headers["If-Match"] = etag;
  return call(path, { method, body, headers, tries: 3 });
}

function say(text) {
  $("done").textContent = text;
}

// Runs something that an author asked for; what goes wrong is said at the top of the page.
function attempt(work) {
  say("");
  return tried(work);
}

function mayEdit() {
  return Boolean(who.session?.user.roles.some((role) => role === "author" || role === "admin"));
}

function showSession() {
  $("no-author").hidden = !who.session || mayEdit();
  $("new").hidden = !mayEdit();
}

// --- the list

function query() {
  const asked = new URLSearchParams({ limit: "20", sort: $("sort").value });
  for (const [name, id] of [["sound", "sound"], ["difficulty", "difficulty"], ["q", "words"]]) {
    const value = $(id).value.trim();
    if (value) asked.set(name, value);
  }
  return asked;
}

async function showList() {
  const { body } = await call(`/twisters?${query()}`, { tries: 3 });
  $("list").replaceChildren();
  state.shown = 0;
  add(body);
}

async function showMore() {
  const asked = query();
  asked.set("cursor", state.cursor);
  const { body } = await call(`/twisters?${asked}`, { tries: 3 });
  const first = add(body);
  first?.querySelector("button")?.focus();
}

function add(page) {
  const items = page.items.map(listItem);
  $("list").append(...items);
  state.cursor = page.next_cursor;
  state.shown += items.length;
  $("more").hidden = !state.cursor;
  const many = `${state.shown} tongue twister${state.shown === 1 ? "" : "s"}${state.cursor ? ", and more" : ""}`;
  $("count").textContent = state.shown ? many : "No tongue twister is like that.";
  return items[0];
}

function listItem(twister) {
  const item = element("li", undefined, { "data-id": twister.id });
  if (twister.id === state.edited?.id) item.setAttribute("aria-current", "true");
  const about = element("p", undefined, { class: "hint" });
  const changed = new Date(twister.updated_at).toLocaleDateString("en", { dateStyle: "medium" });
  about.append(stars(twister.difficulty), ` ${twister.sounds.join(" ")} · ${changed}`);
  const words = element("div");
  words.append(element("p", twister.text), about);
  item.append(words);
  if (mayEdit()) {
    const edit = element("button", "Edit", { type: "button", class: "quiet", "aria-label": `Edit “${twister.text}”` });
    edit.addEventListener("click", () => attempt(() => open(twister.id)));
    item.append(edit);
  }
  return item;
}

function focusItem(id) {
  (document.querySelector(`li[data-id="${id}"] button`) ?? $("new")).focus();
}

// --- the form

async function open(id) {
  const { body, etag } = await call(`/twisters/${id}`, { tries: 3 });
  edit({ ...body, etag });
}

function edit(twister) {
  state.edited = twister;
  $("editor-title").textContent = twister ? "Edit a twister" : "New twister";
  $("conflict").hidden = true;
  $("delete").hidden = !twister;
  $("text").value = twister?.text ?? "";
  $("level").value = String(twister?.difficulty ?? 1);
  for (const box of boxes()) box.checked = Boolean(twister?.sounds.includes(box.value));
  countSounds();
  mark();
  $("editor").hidden = false;
  $("editor-title").focus();
  $("editor").scrollIntoView({ block: "nearest" });
}

function closeEditor() {
  state.edited = null;
  $("editor").hidden = true;
  mark();
}

// Shows which item of the list is in the form.
function mark() {
  for (const item of document.querySelectorAll("#list li")) {
    if (item.dataset.id === state.edited?.id) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

function boxes() {
  return [...document.querySelectorAll(".sounds input")];
}

function countSounds() {
  const chosen = boxes().filter((box) => box.checked).length;
  $("sounds-count").textContent = `Chosen: ${chosen}.`;
  for (const box of boxes()) box.disabled = !box.checked && chosen >= MOST_SOUNDS;
  boxes()[0].setCustomValidity(chosen ? "" : "Choose at least one sound.");
}

function fields() {
  return {
    text: $("text").value.replace(/\s+/g, " ").trim(),
    difficulty: Number($("level").value),
    sounds: boxes().filter((box) => box.checked).map((box) => box.value),
  };
}

async function save() {
  const { edited } = state;
  await attempt(async () => {
    let saved;
    try {
      saved = edited
        ? await write("PATCH", `/twisters/${edited.id}`, fields(), edited.etag)
        : await write("POST", "/twisters", fields());
    } catch (error) {
      if (error.document?.status !== 412) throw error;
      await showConflict("Save mine instead", save);
      return;
    }
    closeEditor();
    await showList();
    say(edited ? `Saved: ${saved.body.text}` : `Added: ${saved.body.text}`);
    focusItem(saved.body.id);
  });
}

// Somebody else was faster: show theirs beside what stands in the form, and let the author decide. `again` does what
// was asked for to theirs.
async function showConflict(label, again) {
  const { body, etag } = await call(`/twisters/${state.edited.id}`, { tries: 3 });
  const theirs = { ...body, etag };
  $("theirs").textContent = theirs.text;
  $("theirs-about").textContent = `Difficulty ${theirs.difficulty}, sounds ${theirs.sounds.join(" ")}`;
  $("take-theirs").onclick = () => edit(theirs);
  $("keep-mine").textContent = label;
  $("keep-mine").onclick = () => {
    state.edited = theirs;
    $("conflict").hidden = true;
    again();
  };
  $("conflict").hidden = false;
  $("conflict").scrollIntoView({ block: "nearest" });
  $("take-theirs").focus();
}

async function askToDelete() {
  $("confirm-text").textContent = state.edited.text;
  $("confirm").returnValue = "";
  $("confirm").showModal();
}

async function remove() {
  const { edited } = state;
  await attempt(async () => {
    try {
      await write("DELETE", `/twisters/${edited.id}`, undefined, edited.etag);
    } catch (error) {
      if (error.document?.status !== 412) throw error;
      await showConflict("Delete it all the same", remove);
      return;
    }
    closeEditor();
    await showList();
    say(`Deleted: ${edited.text}`);
    $("new").focus();
  });
}

// --- start

function soundBox(sound) {
  const label = element("label");
  label.append(element("input", undefined, { type: "checkbox", value: sound }), ` ${sound}`);
  return label;
}

async function start() {
  for (const level of [1, 2, 3, 4, 5]) {
    const name = { 1: "1 – easy", 5: "5 – hard" }[level] ?? String(level);
    for (const id of ["difficulty", "level"]) $(id).append(element("option", name, { value: level }));
  }
  $("sound").append(...[...CONSONANTS, ...VOWELS].map((sound) => element("option", sound, { value: sound })));
  $("consonants").append(...CONSONANTS.map(soundBox));
  $("vowels").append(...VOWELS.map(soundBox));
  $("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(showList);
  });
  for (const id of ["sound", "difficulty", "sort"]) $(id).addEventListener("change", () => attempt(showList));
  $("more").addEventListener("click", () => attempt(showMore));
  $("new").addEventListener("click", () => edit(null));
  for (const box of boxes()) box.addEventListener("change", countSounds);
  $("editor-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  $("close").addEventListener("click", () => {
    const id = state.edited?.id;
    closeEditor();
    focusItem(id);
  });
  $("delete").addEventListener("click", askToDelete);
  $("confirm").addEventListener("close", () => {
    if ($("confirm").returnValue === "delete") remove();
  });
  startAccount();
  on("change", showSession);
  on("signed-in", () => attempt(showList));
  on("signed-out", () => {
    closeEditor();
    attempt(showList);
  });
  showSession();
  await attempt(showList);
}

start();
