// Takes a copy of everything: asks for it, shows how far it is, and saves the file. For oneself at /account, for a child at /guardian.
import { element, randomKey, send } from "/try/page.js";
import { Problem } from "/try/stream.js";

const EVERY_MS = 1500;
const FILE = "voxbus-export.zip";

function day(time) {
  return new Date(time).toLocaleDateString("en", { dateStyle: "medium" });
}

function told(copy) {
  if (!copy) return "";
  const asked = `Asked for on ${day(copy.created_at)}. `;
  switch (copy.state) {
    case "pending": return `${asked}Your copy is being made …`;
    case "ready": return `${asked}Your copy is ready, until ${day(copy.expires_at)}.`;
    case "expired": return `${asked}That copy is deleted. Ask for a new one.`;
    default: return `${asked}That copy could not be made. Ask again.`;
  }
}

// Returns the part of a page that takes a copy. `ask` is the path that asks for it, `child` the id of the child whom it is about,
// `attempt` runs what may fail and shows why.
export function copyPart({ session, ask, child = null, attempt }) {
  const part = element("div");
  const button = element("button", "Take a copy of everything", { type: "button" });
  const state = element("p", "", { role: "status", "data-copy": "none" });
  const save = element("button", "Save the copy", { type: "button", hidden: "" });
  part.append(button, state, save);
  let copy = null;

  function show(newest) {
    copy = newest;
    if (state.textContent !== told(copy)) state.textContent = told(copy);
    state.dataset.copy = copy?.state ?? "none";
    save.hidden = copy?.state !== "ready";
    button.disabled = copy?.state === "pending";
  }

  async function look() {
    const { body } = await send("/me/export?limit=100", { session });
    show(body.items.find((each) => each.child_id === child) ?? null);
    if (copy?.state === "pending" && part.isConnected) setTimeout(again, EVERY_MS);
  }

  function again() {
    look().catch(() => setTimeout(again, EVERY_MS)); // what was said before stays to be read
  }

  button.addEventListener("click", () => attempt(async () => {
    button.disabled = true;
    try {
      await send(ask, { method: "POST", headers: { "Idempotency-Key": randomKey() }, tries: 3, session });
    } finally {
      await look();
    }
  }));

  save.addEventListener("click", () => attempt(async () => {
    const headers = { Authorization: `Bearer ${session.access_token}` };
    const response = await fetch(`/me/export/${encodeURIComponent(copy.id)}`, { headers, cache: "no-store" });
    if (!response.ok) {
      await look(); // it may have been deleted since; and this renews the session, so that another press works
      throw await Problem.of(response);
    }
    const address = URL.createObjectURL(await response.blob());
    const link = element("a", undefined, { href: address, download: FILE });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }));

  queueMicrotask(() => attempt(look)); // once it is on the page
  return part;
}
