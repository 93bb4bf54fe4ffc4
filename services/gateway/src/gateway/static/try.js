// The page at /try: sign in, pick a twister, speak, watch the words being marked.
import { $, element, keepSession, keptSession, randomKey, renew, send, showTrouble, stars } from "/try/page.js";
import { follow, Problem } from "/try/stream.js";
import { record } from "/try/microphone.js";
import { clearResult, showAttempt, showEvent, showState } from "/try/result.js";

const state = { session: null, twister: null, twisters: new Map(), recording: null, following: null, job: null };

// --- talking to the gateway

async function call(path, options) {
  return (await send(path, { ...options, session: state.session })).body;
}

function trouble(error) {
  showTrouble($("trouble"), error);
  if (error instanceof Problem && error.document.status === 401 && state.session) signOut();
}

// Run something that a person asked for; what goes wrong is said at the top of the page.
async function attempt(work) {
  trouble(null);
  try {
    return await work();
  } catch (error) {
    trouble(error);
    return undefined;
  }
}

// --- account

function mode() {
  return document.querySelector("input[name=mode]:checked").value;
}

function showMode() {
  const isNew = mode() === "signup";
  for (const each of document.querySelectorAll("[data-signup]")) each.hidden = !isNew;
  $("username").required = isNew;
  $("password").autocomplete = isNew ? "new-password" : "current-password";
  $("account-send").textContent = isNew ? "Sign up" : "Log in";
  $("forgot").hidden = isNew;
  $("forgot-told").textContent = "";
}

async function signIn(event) {
  event.preventDefault();
  const body = { email: $("email").value, password: $("password").value };
  if (mode() === "signup") {
    body.username = $("username").value;
    body.birth_date = $("birth-date").value || null;
  }
  const session = await attempt(() => call(`/auth/${mode()}`, { method: "POST", body }));
  if (session) startSession(session);
}

function startSession(session) {
  state.session = session;
  keepSession(session);
  $("password").value = "";
  showSession();
  attempt(showSessions);
}

async function forgot() {
  if (!$("email").reportValidity()) return;
  await attempt(async () => {
    await send("/auth/password/forgot", { method: "POST", body: { email: $("email").value } });
    $("forgot-told").textContent = "If there is such an account, a link to choose a new password is on its way.";
  });
}

async function sendAgain() {
  await attempt(async () => {
    await call("/auth/verify/send", { method: "POST" });
    $("unproven").hidden = true;
  });
}

// Ends the session at the server first: from its answer on, no token of it is accepted anywhere.
async function leave(everywhere) {
  await attempt(async () => {
    await call("/auth/logout", { method: "POST", body: { everywhere } });
    signOut();
  });
}

function signOut() {
  state.session = null;
  keepSession(null);
  state.following?.abort();
  state.recording?.stop(true);
  clearResult();
  showSession();
}

function showSession() {
  const name = state.session?.user.username;
  $("account").hidden = Boolean(state.session);
  $("who").hidden = !state.session;
  $("sessions").hidden = !state.session;
  $("unproven").hidden = !state.session || state.session.user.email_verified;
  $("who-name").textContent = name ? `Hello, ${name}!` : "";
  showReady();
}

async function showSessions() {
  const { items } = await call("/me/sessions");
  $("session-list").replaceChildren(...items.map(sessionItem));
}

function sessionItem(session) {
  const item = element("li");
  const used = new Date(session.last_used_at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
  const words = element("div");
  words.append(element("strong", session.device ?? "Unknown device"));
  words.append(element("p", session.current ? "This device" : `Last used ${used}`, { class: "hint" }));
  const end = element("button", "Sign out", { type: "button", class: "quiet" });
  end.setAttribute("aria-label", `Sign out ${session.device ?? "the unknown device"}`);
  end.addEventListener("click", () => (session.current ? leave(false) : attempt(() => endSession(session.id))));
  item.append(words, end);
  return item;
}

async function endSession(id) {
  await call(`/me/sessions/${id}`, { method: "DELETE" });
  await showSessions();
}

function showReady() {
  const ready = Boolean(state.session && state.twister);
  $("record").disabled = !ready || Boolean(state.job);
  $("file").disabled = !ready || Boolean(state.job) || Boolean(state.recording);
  $("speak-hint").textContent = `${state.session ? "" : "Sign in to record. "}A recording ends by itself after 20 seconds and is deleted after use.`;
}

// --- twisters

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
  about.append(...stars(twister.difficulty), ` ${twister.sounds.join(" ")}`);
  label.append(input, element("span", twister.text), about);
  return label;
}

function pick(twister) {
  state.twister = twister;
  $("chosen").textContent = twister.text;
  showReady();
}

async function pickNext(id) {
  const twister = state.twisters.get(id) ?? (await call(`/twisters/${id}`));
  pick(twister);
  for (const each of document.querySelectorAll("input[name=twister]")) each.checked = each.value === id;
  $("speak").scrollIntoView({ block: "start" });
  $("record").focus();
}

// --- recording and sending

async function toggleRecording() {
  if (state.recording) {
    state.recording.stop();
    return;
  }
  const blob = await attempt(async () => {
    state.recording = await record((seconds) => showElapsed(seconds));
    showRecording(true);
    return state.recording.finished;
  });
  state.recording = null;
  showRecording(false);
  if (blob) await sendRecording(blob);
}

function showRecording(on) {
  $("recording").hidden = !on;
  $("record").classList.toggle("on", on);
  $("record-sign").textContent = on ? "■" : "●";
  $("record-text").textContent = on ? "Stop" : "Record";
  showReady();
}

function showElapsed(seconds) {
  $("elapsed").value = seconds;
  $("elapsed-text").textContent = `${Math.floor(seconds)} s of 20 s`;
}

async function sendRecording(blob) {
  const form = new FormData();
  form.set("twister_id", state.twister.id);
  form.set("recording", blob, "recording");
  clearResult();
  state.job = "sending";
  showReady();
  // with one key for all tries, a lost answer does not make a second attempt
  const headers = { "Idempotency-Key": randomKey() };
  const made = await attempt(() => call("/attempts", { method: "POST", body: form, headers, tries: 4 }));
  if (made && state.session) {
    state.job = made.job.id;
    await attempt(() => watch(made.job.id, made.attempt.id));
  }
  state.job = null;
  $("cancel").hidden = true;
  showReady();
}

async function watch(jobId, attemptId) {
  $("result").hidden = false;
  $("cancel").hidden = false;
  $("result-title").focus();
  state.following = new AbortController();
  await follow(`/jobs/${jobId}/events`, {
    session: state.session,
    renew,
    signal: state.following.signal,
    onEvent: showEvent,
    onState: showState,
  });
  if (state.session) await showFinished(attemptId);
}

// What is told beside the stream comes a little later: the next twister, and the receipt of the deletion.
async function showFinished(attemptId) {
  for (let round = 0; round < 8; round += 1) {
    const found = await call(`/attempts/${attemptId}`, { tries: 3 });
    const next = found.feedback?.next_twister_id;
    if (next && !state.twisters.has(next)) state.twisters.set(next, await call(`/twisters/${next}`));
    showAttempt(found, state.twisters.get(next), () => attempt(() => pickNext(next)));
    if (found.recording.deleted_at && (next || !found.feedback)) return;
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

// --- start

// Stays signed in over a reload; the twisters are loaded meanwhile.
async function goOn() {
  await renew(state.session);
  showSession();
  await showSessions();
}

async function start() {
  state.session = keptSession();
  showMode();
  showSession();
  for (const each of document.querySelectorAll("input[name=mode]")) each.addEventListener("change", showMode);
  $("account-form").addEventListener("submit", signIn);
  $("forgot").addEventListener("click", forgot);
  $("send-again").addEventListener("click", sendAgain);
  $("sign-out").addEventListener("click", () => leave(false));
  $("sign-out-everywhere").addEventListener("click", () => leave(true));
  $("sound").addEventListener("change", showTwisters);
  $("difficulty").addEventListener("change", showTwisters);
  $("record").addEventListener("click", toggleRecording);
  $("file").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (file) await sendRecording(file);
    target.value = "";
  });
  $("cancel").addEventListener("click", () => attempt(() => call(`/jobs/${state.job}`, { method: "DELETE" })));
  if (state.session) attempt(goOn);
  await showTwisters();
  const sounds = new Set([...state.twisters.values()].flatMap((twister) => twister.sounds));
  $("sound").append(...[...sounds].sort().map((sound) => element("option", sound, { value: sound })));
}

start();
