// The page at /try/conversation: one button to talk, a field to write, answers that are spoken as they come.
import { $, element, keptSession, open, send, showTrouble } from "/try/page.js";
import { Problem } from "/try/stream.js";
import { Aloud, canSpeak, unlock } from "/try/conversation/aloud.js";
import { Hearing, canHear } from "/try/conversation/hearing.js";
import { Lost, answer, fitting } from "/try/conversation/talk.js";
import { showMessage, showNotes, showSource, showText, strike } from "/try/conversation/view.js";

const HOLD = 400; // ms: a longer press is a hold, and what was said goes out when it ends
const FIRST_DELAY = 500; // ms
const LONGEST_DELAY = 15000;
const MOST_TRIES = 8;
const FREE = /^(rules|local)\//; // sources of answers that cost nobody anything

const LABELS = {
  idle: ["Hold to talk, or tap", ""],
  listening: ["Listening…", "Let go or tap to send."],
  thinking: ["Thinking…", "Tap to talk instead."],
  speaking: ["Speaking…", "Tap to interrupt."],
};

const said = []; // {role, text}: what was said and heard, in this page alone
const hearing = new Hearing();
let session = keptSession();
let turn = null; // the answer that comes or is spoken: {message, aloud, stop, shown}
let kept = null; // the id of the conversation on the server, if it is kept there
let heard = null; // {turn, characters}: what was spoken of the last answer that is kept, if it was interrupted
let failed = null; // the message that got no answer

function show(state) {
  document.body.dataset.state = state;
  $("talk").textContent = LABELS[state][0];
  $("talk").classList.toggle("on", state === "listening");
  $("talk-hint").textContent = canHear ? LABELS[state][1] : "This browser cannot hear you. Write instead.";
  $("said").setAttribute("aria-busy", String(state === "thinking"));
}

// --- answers

async function ask(message) {
  unlock();
  interrupt();
  showTrouble($("trouble"), null);
  const shown = showMessage("user");
  showText(shown, message);
  said.push({ role: "user", text: message });
  await answered(message);
}

async function answered(message) {
  [failed, $("retry").hidden] = [null, true];
  for (let tries = 1; ; tries += 1) {
    const own = begin(message);
    try {
      await follow(own);
      return;
    } catch (error) {
      if (own.stop.signal.aborted) return; // somebody has interrupted
      // asking again may cost again, or be kept twice: a person decides that
      const paid = $("key").value || own.paid || (own.aloud.text && $("keep").checked);
      const again = error instanceof Lost && tries < MOST_TRIES && !paid;
      end(own);
      own.shown.item.remove();
      if (!again) {
        giveUp(message, error);
        return;
      }
      turn = own; // an interruption ends the waiting too
      $("state").textContent = "The connection was lost. Trying again…";
      await waited(FIRST_DELAY * 2 ** (tries - 1), own.stop.signal);
      if (own.stop.signal.aborted) return;
    }
  }
}

function begin(message) {
  const own = { message, stop: new AbortController(), shown: showMessage("assistant"), heard: null };
  own.aloud = new Aloud({
    muted: !$("aloud").checked,
    onDone: () => finished(own),
    onSilent: () => { $("state").textContent = "The voice did not start: read the answer."; },
  });
  turn = own;
  show("thinking");
  return own;
}

async function follow(own) {
  const history = fitting(said.slice(0, -1));
  const [key, model] = [$("key").value.trim(), $("model").value];
  const asked = { message: own.message, history, key, model, kept, heard, session, signal: own.stop.signal };
  for await (const { name, body } of answer(asked)) {
    if (name === "start") {
      $("state").textContent = "";
      [own.turn, own.paid, heard] = [body.sessionId ? body.turn : null, !FREE.test(body.source), null];
    }
    if (name === "delta") {
      own.aloud.add(body.text);
      showText(own.shown, own.aloud.text);
      if (!own.aloud.muted) show("speaking");
    }
    if (name === "done") {
      showSource(own.shown, body);
      own.aloud.finish();
    }
  }
}

function finished(own) {
  if (turn !== own) return;
  turn = null;
  said.push({ role: "assistant", text: own.aloud.text });
  show("idle");
}

function end(own) {
  own.aloud.stop();
  if (turn === own) turn = null;
}

// Stops the voice and the answer. What was not spoken is struck out, and never sent as said.
function interrupt() {
  if (hearing.listening) show("idle");
  hearing.abort();
  if (!turn) return;
  const own = turn;
  const { text, spoken } = own.aloud;
  end(own);
  own.stop.abort();
  if (spoken < text.length) strike(own.shown, text, spoken);
  if (own.turn && spoken < text.length) heard = { turn: own.turn, characters: [...text.slice(0, spoken)].length };
  if (!text) own.shown.item.remove();
  if (text.slice(0, spoken).trim()) said.push({ role: "assistant", text: text.slice(0, spoken) });
  $("state").textContent = "";
  show("idle");
}

function giveUp(message, error) {
  failed = message;
  $("state").textContent = "";
  $("retry").hidden = false;
  showTrouble($("trouble"), error);
  show("idle");
}

// Waits, less long when the line or the page is back.
function waited(delay, signal) {
  const over = new AbortController();
  return new Promise((resolve) => {
    const wake = () => { over.abort(); resolve(); };
    setTimeout(wake, Math.min(delay, LONGEST_DELAY));
    for (const [target, name] of [[window, "online"], [document, "visibilitychange"], [signal, "abort"]]) {
      target.addEventListener(name, wake, { signal: over.signal });
    }
  });
}

// --- talking

function listen() {
  interrupt();
  showTrouble($("trouble"), null);
  show("listening");
  hearing.start({
    onWords: (words) => { $("message").value = words; },
    onEnd: (words, trouble) => {
      $("message").value = "";
      show("idle");
      $("state").textContent = words ? "" : trouble ?? "Nothing was heard.";
      if (words) ask(words);
    },
  });
}

// A tap begins and ends; a longer press listens as long as it lasts.
function startTalking() {
  const button = $("talk");
  let pressed = null;
  button.hidden = !canHear;
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    unlock();
    const begins = !hearing.listening;
    if (begins) listen();
    else hearing.stop();
    pressed = begins ? event.timeStamp : null;
    button.setPointerCapture?.(event.pointerId);
  });
  button.addEventListener("pointerup", (event) => {
    if (pressed !== null && event.timeStamp - pressed >= HOLD) hearing.stop();
    pressed = null;
  });
  button.addEventListener("pointercancel", () => { pressed = null; });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("click", (event) => { // of a keyboard or a screen reader: no pointer was down
    if (event.detail !== 0) return;
    unlock();
    if (hearing.listening) hearing.stop();
    else listen();
  });
}

// --- writing

function startWriting() {
  $("write").addEventListener("submit", (event) => {
    event.preventDefault();
    const message = $("message").value.trim();
    if (!message) return;
    hearing.abort();
    $("message").value = "";
    ask(message);
  });
  $("message").addEventListener("input", () => { if (turn || hearing.listening) interrupt(); });
  $("message").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    $("write").requestSubmit();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") interrupt(); });
  $("retry").addEventListener("click", () => {
    unlock();
    showTrouble($("trouble"), null);
    answered(failed);
  });
  $("notes-ask").addEventListener("click", () => attempt(askForNotes));
}

async function attempt(work) {
  showTrouble($("trouble"), null);
  try {
    await work();
  } catch (error) {
    showTrouble($("trouble"), error);
  }
}

async function askForNotes() {
  const history = fitting(said);
  if (!history.length) {
    $("state").textContent = "Nothing was said yet.";
    return;
  }
  const headers = { Accept: "text/markdown" };
  const response = kept
    ? await open(`/api/conversation/sessions/${kept}/notes`, { headers, session })
    : await open("/api/conversation/notes", { method: "POST", body: { history }, headers, session });
  if (!response.ok) throw await Problem.of(response);
  showNotes(await response.text());
  $("notes-title").focus();
}

// --- settings

async function showModels() {
  const { body: { items: models } } = await send("/ai/models");
  const talks = models.filter((each) => each.roles?.includes("conversation") && each.status !== "retired");
  for (const { id, provider, retires_at: end } of talks.filter((each) => each.provider !== "local")) {
    $("model").append(element("option", `${id} (${provider}${end ? `, until ${end}` : ""})`, { value: id }));
  }
}

function startSettings() {
  $("aloud").checked = canSpeak;
  $("aloud").disabled = !canSpeak;
  $("aloud-hint").hidden = canSpeak;
  $("aloud").addEventListener("change", () => { if (!$("aloud").checked) turn?.aloud.mute(); });
  $("keep").disabled = !session;
  $("keep-hint").textContent = session
    ? "Messages are kept on the server, for you alone, from the next one on."
    : "Nothing is kept. To keep it, sign in at /try and come back in this tab.";
  $("keep").addEventListener("change", () => attempt(keepOrNot));
  window.addEventListener("pagehide", () => { $("key").value = ""; });
}

async function keepOrNot() {
  if (!$("keep").checked) {
    kept = null;
    return;
  }
  $("keep").checked = false;
  const { body } = await send("/api/conversation/sessions", { method: "POST", body: {}, session });
  kept = body.id;
  $("keep").checked = true;
}

function start() {
  startTalking();
  startWriting();
  startSettings();
  show("idle");
  attempt(showModels);
}

start();
