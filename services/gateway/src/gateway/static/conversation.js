// The page at /try/conversation: one button to talk, a field to write, answers that are spoken as they come.
import { $, keptSession, open, send, showTrouble } from "/try/page.js";
import { Problem } from "/try/stream.js";
import { Aloud, canSpeak, unlock } from "/try/conversation/aloud.js";
import { talkButton } from "/try/conversation/button.js";
import { Hearing, canHear } from "/try/conversation/hearing.js";
import { Live } from "/try/conversation/live.js";
import { canLive } from "/try/conversation/sound.js";
import { Lost, answer, fitting, waited } from "/try/conversation/talk.js";
import { showMessage, showModels, showNotes, showSource, showText, strike } from "/try/conversation/view.js";

const FIRST_DELAY = 500; // ms
const MOST_TRIES = 8;
const FREE = /^(rules|local)\//; // sources of answers that cost nobody anything

const LABELS = {
  idle: ["Hold to talk, or tap", ""],
  listening: ["Listening…", "Let go or tap to send."],
  thinking: ["Thinking…", "Tap to talk instead."],
  speaking: ["Speaking…", "Tap to interrupt."],
  joining: ["Opening the line…", "Tap to end."],
  live: ["Live: just talk", "Tap to end. You may interrupt at any time."],
  "live-speaking": ["Live: speaking…", "Tap to end. You may interrupt at any time."],
};

const said = []; // {role, text}: what was said and heard, in this page alone
const hearing = new Hearing();
let session = keptSession();
let turn = null; // the answer that comes or is spoken: {message, aloud, stop, shown}
let kept = null; // the id of the conversation on the server, if it is kept there
let heard = null; // {turn, characters}: what was spoken of the last answer that is kept, if it was interrupted
let live = null; // the live conversation
let failed = null; // the message that got no answer

function show(state) {
  document.body.dataset.state = state;
  $("talk").textContent = LABELS[state][0];
  $("talk").classList.toggle("on", ["listening", "live", "live-speaking"].includes(state));
  const deaf = !canHear && !live && !$("live").checked;
  $("talk-hint").textContent = deaf ? "This browser cannot hear you. Write instead." : LABELS[state][1];
  $("talk").hidden = deaf;
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
  live?.hush();
  if (live) return;
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

// Live a tap begins and another one ends; there is nothing to hold.
function toggleLive() {
  if (live) {
    live.stop();
    return;
  }
  interrupt();
  showTrouble($("trouble"), null);
  live = new Live({
    key: $("key").value.trim(), session, kept, said,
    onState: (state, sentence) => {
      show(state === "speaking" ? "live-speaking" : state);
      if (sentence || state !== "speaking") $("state").textContent = sentence;
    },
    onOver: (error) => {
      live = null;
      $("state").textContent = "";
      if (error) showTrouble($("trouble"), error);
      show("idle");
    },
  });
  live.start();
}

// --- writing

function startWriting() {
  $("write").addEventListener("submit", (event) => {
    event.preventDefault();
    const message = $("message").value.trim();
    if (!message) return;
    hearing.abort();
    $("message").value = "";
    if (live) live.write(message);
    else ask(message);
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
  for (const name of ["input", "change"]) $("key").addEventListener(name, offerLive);
  $("live").addEventListener("change", () => {
    if (!$("live").checked) live?.stop();
    show(live ? "live" : "idle");
  });
  offerLive();
  window.addEventListener("pagehide", () => {
    live?.stop();
    $("key").value = "";
  });
}

// Live talk needs somebody who pays: a key, or a sign-in, with which the server's own key may.
function offerLive() {
  $("live").disabled = !canLive || !($("key").value.trim() || session);
  if ($("live").disabled) $("live").checked = false;
  if (!turn && !live) show("idle");
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
  talkButton($("talk"), {
    isListening: () => hearing.listening,
    isLive: () => Boolean(live) || $("live").checked,
    listen,
    stop: () => hearing.stop(),
    toggleLive,
  });
  startWriting();
  startSettings();
  show("idle");
  attempt(async () => showModels((await send("/ai/models?limit=100")).body.items));
}

start();
