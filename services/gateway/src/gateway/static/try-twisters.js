// The list of tongue twisters on the page at /try, and which of them is picked.
import { $, element, send, stars } from "/try/page.js";
import { attempt, call, changed, state } from "/try/shared.js";
import { soundName } from "/try/sounds.js";

async function loadTwisters() {
  const query = new URLSearchParams({ limit: "100" });
  if ($("sound").value) query.set("sound", $("sound").value);
  if ($("difficulty").value) query.set("difficulty", $("difficulty").value);
  const found = [];
  for (let cursor = null; ; ) {
    if (cursor) query.set("cursor", cursor);
    const { body: page } = await send(`/twisters?${query}`, { tries: 4 }); // public: shown also when the session has ended
    found.push(...page.items);
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  found.sort((a, b) => a.difficulty - b.difficulty || a.text.length - b.text.length);
  for (const each of found) state.twisters.set(each.id, each);
  return found;
}

async function showTwisters() {
  const found = await attempt(loadTwisters);
  if (!found) return;
  $("pick-count").textContent = found.length === 1 ? "1 tongue twister" : `${found.length} tongue twisters`;
  $("twisters").replaceChildren(...found.map(twisterChoice));
}

function twisterChoice(twister) {
  const label = element("label", undefined, { class: "twister" });
  const input = element("input", undefined, { type: "radio", name: "twister", value: twister.id });
  input.checked = twister.id === state.twister?.id;
  input.addEventListener("change", () => pick(twister));
  const about = element("span", undefined, { class: "hint" });
  about.append(stars(twister.difficulty), ` ${twister.sounds.map(soundName).join(", ")}`);
  label.append(input, element("span", twister.text), about);
  return label;
}

function pick(twister) {
  state.twister = twister;
  $("chosen").textContent = twister.text;
  changed();
}

// Brings the place to speak into view, ready to record.
export function readyToSpeak() {
  $("speak").scrollIntoView({ block: "start" });
  const next = $("record");
  (next.disabled || next.hidden ? $("speak-title") : next).focus({ preventScroll: true });
}

export async function pickTwister(id) {
  const twister = state.twisters.get(id) ?? (await call(`/twisters/${id}`));
  pick(twister);
  for (const each of document.querySelectorAll("input[name=twister]")) each.checked = each.value === id;
}

// Arrow keys go through the list and stay in it; a press, a space or an enter is a choice.
function watchChoices() {
  let arrow = false;
  $("twisters").addEventListener("pointerdown", () => { arrow = false; });
  $("twisters").addEventListener("keydown", (event) => {
    arrow = event.key.startsWith("Arrow");
    if (event.key === "Enter" && state.twister) readyToSpeak();
  });
  $("twisters").addEventListener("click", ({ target }) => {
    if (target.matches("input") && !arrow) readyToSpeak();
  });
}

export async function startTwisters() {
  watchChoices();
  $("sound").addEventListener("change", showTwisters);
  $("difficulty").addEventListener("change", showTwisters);
  await showTwisters();
  const sounds = [...new Set([...state.twisters.values()].flatMap((twister) => twister.sounds))];
  const options = sounds.map((sound) => element("option", soundName(sound), { value: sound }));
  $("sound").append(...options.sort((a, b) => a.text.localeCompare(b.text)));
  const [first] = state.twisters.keys();
  if (first && !state.twister) await pickTwister(first);
}
