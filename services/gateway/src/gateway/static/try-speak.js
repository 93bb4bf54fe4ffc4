// The place to speak on the page at /try: records or takes a file, sends it, and follows what becomes of it.
import { $, randomKey, renew } from "/try/page.js";
import { canRecord, record } from "/try/microphone.js";
import { clearResult, showAttempt, showEnd, showEvent, showState } from "/try/result.js";
import { attempt, call, changed, forgetAttempt, keepAttempt, keptAttempt, on, state } from "/try/shared.js";
import { askWho } from "/try/account.js";
import { follow } from "/try/stream.js";
import { pickTwister, readyToSpeak } from "/try/twisters.js";
import { stopVoice } from "/try/voice.js";
import { isGuarded } from "/try/guardian.js";

const NARROW = matchMedia("(max-width: 60rem)"); // one column

// Only people who are old enough, or for whom a guardian decides, are heard: nobody speaks first and is refused afterwards
// but a child whose guardian has not said yes to this.
function showReady() {
  const age = state.session?.user.age_band;
  const heard = !state.session || age === "of_age" || isGuarded();
  const busy = Boolean(state.job) || !state.twister;
  $("record").hidden = !heard || !canRecord();
  $("record").disabled = busy;
  $("file").closest("p").hidden = !heard;
  $("file").disabled = !state.session || busy || Boolean(state.recording);
  $("guardian").hidden = age !== "under_consent_age" || isGuarded();
  $("birthday").hidden = age !== "unknown";
  $("speak-hint").hidden = !heard;
  $("speak-hint").textContent = hint();
}

function hint() {
  if (!state.session) return "First say who is speaking: sign up or log in below.";
  if (!canRecord()) return "This browser does not let the page record here. Send a recording instead; it is deleted after use.";
  return "A recording ends by itself after 20 seconds and is deleted after use.";
}

async function toggleRecording() {
  if (state.recording) {
    state.recording.stop();
    return;
  }
  if (!state.session) {
    askWho();
    return;
  }
  stopVoice();
  const blob = await attempt(async () => {
    state.recording = await record(showElapsed);
    showRecording(true);
    return state.recording.finished;
  });
  state.recording = null;
  showRecording(false);
  if (blob) await sendRecording(blob);
}

function showRecording(is) {
  $("recording").hidden = !is;
  $("record").classList.toggle("on", is);
  $("record-sign").textContent = is ? "■" : "●";
  $("record-text").textContent = is ? "Stop" : "Record";
  showReady();
}

function showElapsed(seconds) {
  $("elapsed").value = seconds;
  $("elapsed-text").textContent = `${Math.floor(seconds)} s of 20 s`;
}

// A person may hear what they said; the sound stays in this tab.
function showOwn(blob) {
  if ($("own-sound").src) URL.revokeObjectURL($("own-sound").src);
  if (blob) $("own-sound").src = URL.createObjectURL(blob);
  else $("own-sound").removeAttribute("src");
  $("own").hidden = !blob;
}

async function sendRecording(blob) {
  const twister = state.twister;
  const form = new FormData();
  form.set("twister_id", twister.id);
  form.set("recording", blob, "recording");
  clearResult();
  forgetAttempt();
  showOwn(blob);
  state.job = "sending";
  changed();
  // with one key for all tries, a lost answer does not make a second attempt
  const headers = { "Idempotency-Key": randomKey() };
  const made = await attempt(() => call("/attempts", { method: "POST", body: form, headers, tries: 4 }));
  if (made && state.session) {
    keepAttempt(made.attempt.id, twister.id);
    $("result").hidden = false;
    if (NARROW.matches) $("result").scrollIntoView({ block: "start" });
    $("result-title").focus({ preventScroll: NARROW.matches });
    await watch(made.attempt.id);
  }
  ended();
}

function ended() {
  state.job = null;
  if (document.activeElement === $("cancel")) $("result-title").focus();
  $("cancel").hidden = true;
  $("again").hidden = !state.session;
  changed();
}

async function watch(id) {
  state.job = id; // an attempt's id is that of its job
  $("result").hidden = false;
  $("cancel").hidden = false;
  changed();
  await attempt(async () => {
    state.following = new AbortController();
    await follow(`/jobs/${id}/events`, {
      session: state.session,
      renew,
      signal: state.following.signal,
      onEvent: showEvent,
      onState: showState,
    });
    if (state.session) await showFinished(id);
  });
}

// What is told beside the stream comes a little later: the next twister, and the receipt of the deletion.
async function showFinished(id) {
  for (let round = 0; round < 8; round += 1) {
    const found = await call(`/attempts/${id}`, { tries: 3 });
    const next = found.feedback?.next_twister_id;
    if (next && !state.twisters.has(next)) state.twisters.set(next, await call(`/twisters/${next}`));
    showAttempt(found, state.twisters.get(next), () => attempt(() => pickNext(next)));
    if (found.recording.deleted_at && (next || !found.feedback)) return;
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

async function pickNext(id) {
  await pickTwister(id);
  readyToSpeak();
}

// Shows the last attempt of this tab again after a reload. One that is gone is forgotten.
export async function showKept() {
  const kept = keptAttempt();
  if (!kept || !state.session) return;
  forgetAttempt();
  const found = await call(`/attempts/${kept.id}`, { tries: 3 });
  keepAttempt(kept.id, kept.twisterId);
  await pickTwister(kept.twisterId);
  if (found.status === "pending") await watch(kept.id);
  else {
    $("result").hidden = false;
    showEnd(found.status);
    await showFinished(kept.id);
  }
  ended();
}

function signedOut() {
  state.following?.abort();
  state.recording?.stop(true);
  forgetAttempt();
  showOwn(null);
  clearResult();
}

export function startSpeaking() {
  on("change", showReady);
  on("signed-out", signedOut);
  $("record").addEventListener("click", toggleRecording);
  $("file").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (file) await sendRecording(file);
    target.value = "";
  });
  $("again").addEventListener("click", readyToSpeak);
  $("cancel").addEventListener("click", () => attempt(() => call(`/jobs/${state.job}`, { method: "DELETE" })));
}
