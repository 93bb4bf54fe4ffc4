// Shows what becomes of an attempt: three steps, stars with a word, each word with a mark. Verdicts have a sign and words,
// never a colour alone; figures are shown on request.
import { $, element } from "/try/page.js";

const VERDICTS = {
  correct: ["✓", "clear"],
  mispronounced: ["✎", "try again"],
  omitted: ["○", "left out"],
  inserted: ["+", "extra"],
  repeated: ["↻", "said twice"],
  unsure: ["?", "not sure"],
};
const STEPS = ["Sent", "Listening", "Ready"];
const [SENT, LISTENING, READY] = STEPS.keys();
// least overall score (0–100), stars, and their word; nobody who spoke gets none
const STARS = [[90, 3, "Very clear!"], [60, 2, "Well on the way!"], [0, 1, "A good start!"]];
const SCORES = [["overall", "Overall"], ["accuracy", "Accuracy"], ["fluency", "Fluency"], ["completeness", "Completeness"]];
const OTHER_TEXT = "reading.other_text";
// Findings of a word that cost nothing. They stand apart, below the figures: nobody is marked for a stutter.
const STUTTERS = {
  "reading.sound_repeated": "a sound was said more than once",
  "reading.sound_held": "a sound was held",
  "reading.sound_blocked": "a sound needed time to come out",
};
const ENDS = { failed: "That did not work", cancelled: "Cancelled" };

// What stands on the page already. The finished attempt tells it again, and words that a person is reading
// (or a screen reader) are not to be drawn anew under their eyes.
let shown = null;

export function clearResult() {
  shown = null;
  for (const id of ["steps", "stars", "words", "scores", "stutters", "tips"]) $(id).replaceChildren();
  for (const id of ["result", "refusal", "stars", "feedback", "next", "cancel", "again", "figures", "transcript"]) {
    $(id).hidden = true;
  }
  for (const id of ["connection", "receipt"]) $(id).textContent = "";
}

export function showState(state) {
  $("connection").textContent = state === "waiting" ? "The connection was lost. Trying again…" : "";
}

export function showEvent({ type, data }) {
  switch (type) {
    case "attempt.accepted": showSteps(LISTENING); break;
    case "progress": showTranscript(data.transcript); break;
    case "attempt.assessed": showSteps(READY); showAssessment(data); break;
    case "feedback.given": showFeedback(data); break;
    case "job.succeeded": showEnd("assessed"); break;
    case "job.failed": showEnd("failed", words(data.problem)); break;
    case "job.cancelled": showEnd("cancelled"); break;
    default: break;
  }
}

// `status` is that of the attempt.
export function showEnd(status, more = "") {
  if (!(status in ENDS)) {
    showSteps(STEPS.length);
    return;
  }
  const line = element("li", more ? `${ENDS[status]}: ${more}` : ENDS[status], { class: "bad" });
  $("steps").replaceChildren(line);
}

export function showAttempt(attempt, next, onNext) {
  if (attempt.words.length || attempt.refusal) showAssessment(attempt);
  if (attempt.feedback) showFeedback(attempt.feedback);
  showTranscript(attempt.transcript);
  if (next) {
    $("next-text").textContent = next.text;
    $("next-pick").onclick = onNext;
    $("next").hidden = false;
  }
  const gone = attempt.recording.deleted_at;
  $("receipt").textContent = gone ? `Your recording was deleted at ${new Date(gone).toLocaleTimeString()}.` : "";
}

function words(problem) {
  return problem ? [problem.title, problem.detail].filter(Boolean).join(". ") : "";
}

// Those before `now` are done.
function showSteps(now) {
  const lines = STEPS.map((title, at) => {
    const done = at < now;
    const line = element("li", title, { class: done ? "good" : at === now ? "now" : "later" });
    if (at === now) line.setAttribute("aria-current", "step");
    return line;
  });
  $("steps").replaceChildren(...lines);
  $("connection").textContent = now === LISTENING ? "Your recording has arrived. Voxbus is listening…" : "";
  if (now > READY) $("connection").textContent = "Your result is ready.";
}

function showTranscript(transcript) {
  $("transcript").hidden = !transcript;
  $("transcript-text").textContent = transcript ?? "";
  $("figures").hidden &&= !transcript;
}

// Of another text neither words nor scores are shown: they would scold somebody who read well. The feedback says what it was.
function showAssessment({ words: marked, scores: found, refusal, findings }) {
  const told = JSON.stringify([marked, found, refusal, findings]);
  if (told === shown) return;
  shown = told;
  const other = findings?.includes(OTHER_TEXT);
  const scores = other ? null : found;
  $("words").replaceChildren(...(other ? [] : marked ?? []).map(word));
  $("refusal").hidden = !refusal;
  $("refusal").textContent = refusal?.message ?? "";
  $("words").hidden = Boolean(refusal) || other;
  showStars(scores);
  $("scores").replaceChildren(...(scores ? SCORES.map(([name, title]) => score(title, scores[name])) : []));
  showStutters(other ? [] : marked ?? []);
  if (scores) $("figures").hidden = false;
}

function showStutters(marked) {
  const lines = marked.flatMap(({ word: text, findings }) => (findings ?? []).filter((name) => name in STUTTERS)
    .map((name) => element("li", `“${text}”: ${STUTTERS[name]}. That is fine, and lowers no figure.`)));
  $("stutters").replaceChildren(...lines);
}

function showStars(scores) {
  $("stars").hidden = !scores;
  if (!scores) return;
  const [, count, meaning] = STARS.find(([least]) => scores.overall >= least);
  const label = `${count} of 3 stars`;
  $("stars").replaceChildren(element("span", "★".repeat(count) + "☆".repeat(3 - count), { role: "img", "aria-label": label }));
  $("stars").append(` ${meaning}`);
}

function word({ word: text, verdict }) {
  const [sign, meaning] = VERDICTS[verdict] ?? ["?", verdict];
  const box = element("li", undefined, { class: `word ${verdict}` });
  const mark = element("span", undefined, { class: "mark" });
  mark.append(element("span", sign, { "aria-hidden": "true" }), ` ${meaning}`);
  box.append(element("span", text, { class: "text" }), mark);
  return box;
}

function score(title, value) {
  const box = element("div");
  const meter = element("meter", undefined, { "aria-label": title });
  Object.assign(meter, { min: 0, max: 100, value });
  const description = element("dd", `${Math.round(value)} `);
  description.append(meter);
  box.append(element("dt", title), description);
  return box;
}

function showFeedback({ summary, tips }) {
  $("summary").textContent = summary;
  $("tips").replaceChildren(...(tips ?? []).map(({ tip }) => element("li", tip)));
  $("feedback").hidden = false;
}
