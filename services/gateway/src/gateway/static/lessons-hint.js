// Hints for an exercise, a level at a time: a nudge, what it is about, a similar task solved. None tells the answer.
import { element, randomKey, renew, send } from "/try/page.js";
import { call, state } from "/try/session.js";
import { Problem, follow } from "/try/stream.js";

const LEVELS = 3;
const WAIT_S = 8; // within which the server answers with a hint
const KINDS = { nudge: "A nudge", pointed: "What it is about", worked_example: "A similar task, solved" };
const COSTS = ["10 %", "25 %", "50 %"]; // of the points of an exercise

// Answers {button, node, offer(isOpen)}: `used` levels were seen before; they can be read again for nothing. `answer()` is what the learner has
// answered so far, or null.
export function hintPart({ lesson, exercise, used, answer }) {
  let shown = 0;
  let seen = used;
  let isGiven = true; // by this server
  let isOpen = true; // the exercise
  const list = element("ol", undefined, { class: "hints", role: "list", "aria-label": "Hints", hidden: "" });
  const said = element("p", "", { class: "hint", role: "status" });
  const button = element("button", "", { type: "button", class: "quiet" });
  const node = element("div");
  node.append(list, said);

  function name() {
    const level = shown + 1;
    const again = level <= seen;
    button.textContent = `Hint ${level} of ${LEVELS} ${again ? "again" : `(−${COSTS[level - 1]})`}`;
    button.hidden = !isGiven || !isOpen || shown === LEVELS;
    button.title = again ? "" : `It costs ${COSTS[level - 1]} of the points of this exercise.`;
  }

  async function ask() {
    const level = shown + 1;
    button.disabled = true;
    said.textContent = "Looking for a hint …";
    try {
      show(await hinted({ lesson_id: lesson.id, exercise_id: exercise.id, level, answer: answer() ?? undefined }));
      said.textContent = "";
    } catch (error) {
      if (error instanceof Problem && error.document.status === 404) isGiven = false;
      said.textContent = error instanceof Problem ? error.document.detail ?? error.document.title : "There are no hints without a line.";
    }
    button.disabled = false;
    name();
  }

  function offer(is) {
    isOpen = is;
    name();
  }

  function show(hint) {
    shown = Math.max(shown, hint.level);
    seen = Math.max(seen, shown);
    const item = element("li", undefined, { tabindex: "-1", "data-level": hint.level });
    const by = hint.source?.kind && hint.source.kind !== "authored" ? " Written by a model, checked by rules." : "";
    item.append(element("strong", `${KINDS[hint.kind] ?? "Hint"}: `), hint.text, element("span", by, { class: "hint" }));
    list.append(item);
    list.hidden = false;
    item.focus();
    name();
  }

  button.addEventListener("click", ask);
  name();
  return { button, node, offer };
}

// A hint that is authored comes at once; for another the job is followed.
async function hinted(body) {
  const headers = { "Idempotency-Key": randomKey(), Prefer: `wait=${WAIT_S}` };
  const { body: found } = await send("/ai/hint", { method: "POST", body, headers, session: state.session, tries: 3 });
  if (found.text !== undefined) return found;
  const { session } = state;
  const signal = AbortSignal.timeout(30_000);
  await follow(`/jobs/${found.job.id}/events`, { session, renew, signal, onEvent() {}, onState() {} });
  return call(`/ai/hint/${found.hint.id}`, { tries: 4 });
}
