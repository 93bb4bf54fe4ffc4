// Showing what happens to an attempt. Verdicts have a sign and words, never a colour alone.

const $ = (id) => document.getElementById(id);

const VERDICTS = {
  correct: ["✓", "clear"],
  mispronounced: ["✎", "try again"],
  omitted: ["○", "left out"],
  inserted: ["+", "extra"],
  repeated: ["↻", "said twice"],
  unsure: ["?", "not sure"],
};
const STEPS = { "speech.assess_attempt": "Listening", "feedback.give_feedback": "Writing feedback" };
const DONE_BY = { "attempt.assessed": "speech.assess_attempt", "feedback.given": "feedback.give_feedback" };
const SCORES = [["overall", "Overall"], ["accuracy", "Accuracy"], ["fluency", "Fluency"], ["completeness", "Completeness"]];

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// What stands on the page already. The finished attempt tells it again, and words that a person is reading
// (or a screen reader) are not to be drawn anew under their eyes.
let shown = null;

export function clearResult() {
  shown = null;
  for (const id of ["steps", "words", "scores", "tips"]) $(id).replaceChildren();
  for (const id of ["result", "refusal", "feedback", "next", "cancel"]) $(id).hidden = true;
  for (const id of ["connection", "receipt"]) $(id).textContent = "";
}

export function showState(state) {
  $("connection").textContent = state === "waiting" ? "The connection was lost. Trying again…" : "";
}

export function showEvent({ type, data }) {
  if (type in DONE_BY) step(DONE_BY[type], STEPS[DONE_BY[type]]);
  switch (type) {
    case "attempt.accepted": step("accepted", "Your recording has arrived"); break;
    case "step.started": step(data.step, STEPS[data.step] ?? data.step, data.tries > 1 ? `try ${data.tries}` : "", "now"); break;
    case "progress": if (data.transcript) step("progress", "Heard", `“${data.transcript}”`); break;
    case "attempt.assessed": step("assessed", data.refusal ? "Could not hear that well" : "Words are marked"); showAssessment(data); break;
    case "feedback.given": step("feedback", "Feedback is ready"); showFeedback(data); break;
    case "job.succeeded": step("ended", "Done"); break;
    case "job.failed": step("ended", "That did not work", words(data.problem), "bad"); break;
    case "job.cancelled": step("ended", "Cancelled", "", "bad"); break;
    default: break;
  }
}

export function showAttempt(attempt, next, onNext) {
  if (attempt.words.length || attempt.refusal) showAssessment(attempt);
  if (attempt.feedback) showFeedback(attempt.feedback);
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

// One line for each step; a step that is told again is the same line.
function step(key, title, more = "", className = "good") {
  let line = [...$("steps").children].find((each) => each.dataset.key === key);
  if (!line) {
    line = element("li");
    line.dataset.key = key;
    $("steps").append(line);
  }
  line.className = className;
  line.textContent = more ? `${title}: ${more}` : title;
}

function showAssessment({ words: marked, scores, refusal }) {
  const told = JSON.stringify([marked, scores, refusal]);
  if (told === shown) return;
  shown = told;
  $("words").replaceChildren(...(marked ?? []).map(word));
  $("refusal").hidden = !refusal;
  $("refusal").textContent = refusal?.message ?? "";
  $("words").hidden = Boolean(refusal);
  $("scores").hidden = !scores;
  $("scores").replaceChildren(...(scores ? SCORES.map(([name, title]) => score(title, scores[name])) : []));
}

function word({ word: text, verdict, heard }) {
  const [sign, meaning] = VERDICTS[verdict] ?? ["?", verdict];
  const box = element("span", undefined, `word ${verdict}`);
  box.setAttribute("role", "listitem");
  const mark = element("span", undefined, "mark");
  const icon = element("span", sign);
  icon.setAttribute("aria-hidden", "true");
  mark.append(icon, ` ${meaning}`);
  box.append(element("span", text, "text"), mark);
  if (heard && verdict === "mispronounced") box.append(element("span", `heard “${heard}”`, "mark"));
  return box;
}

function score(title, value) {
  const box = element("div");
  const meter = element("meter");
  Object.assign(meter, { min: 0, max: 100, value });
  meter.setAttribute("aria-label", title);
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
