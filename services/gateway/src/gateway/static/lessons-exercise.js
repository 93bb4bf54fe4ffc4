// One exercise on the page: what is asked, the answer, what became of it, a hint, and the solution for who gives up.
import { $, box, element } from "/try/page.js";
import { attempt, state } from "/try/session.js";
import { matching, ordering } from "/try/lessons/arrange.js";
import { flashCard, multipleChoice, multipleSelect, trueFalse } from "/try/lessons/choice.js";
import { prose } from "/try/lessons/content.js";
import { hintPart } from "/try/lessons/hint.js";
import { record, waiting } from "/try/lessons/queue.js";
import { fillBlank, freeText, numeric } from "/try/lessons/write.js";

const KINDS = {
  multiple_choice: multipleChoice,
  multiple_select: multipleSelect,
  true_false: trueFalse,
  ordering,
  matching,
  fill_blank: fillBlank,
  free_text: freeText,
  numeric,
  flash_card: flashCard,
};
const TRIES = 3; // wrong ones before the solution may be seen
const LONGEST_MS = 10 * 60_000; // that is told as spent on an answer
const STATES = { open: "", solved: "✓ solved", "given-up": "– given up", waits: "… waits" };

let groups = 0; // of options, so far

function button(text, attributes, work) {
  const made = element("button", text, { type: "button", ...attributes });
  made.addEventListener("click", work);
  return made;
}

// Answers {id, node, done(), take(result, event), wait()}. `title` stands above it; `type` is what is recorded: `attempt`, or
// `review` where it is due again; `before` is how far the learner is with it; `onDone` is called when it is solved or given up.
export function exerciseOf({ lesson, exercise, title, type = "attempt", before = null, onDone }) {
  groups += 1;
  const kind = KINDS[exercise.type](exercise, `options-${groups}`);
  let wrong = before && before.score === null ? before.attempts : 0;
  let finished = !before || before.score === null ? null : before.solved ? "solved" : "given-up"; // what follows is practice
  let standing = "open";
  let since = performance.now();
  const badge = element("span", "", { class: "standing" });
  const heading = box("h3", { id: `exercise-${groups}`, tabindex: "-1" }, `${title} `, badge);
  const outcome = element("div", undefined, { class: "outcome", role: "status" });
  const send = element("button", kind.send ?? "Check", { type: "submit" });
  const giveUp = button("Show me the solution", { class: "quiet" }, () => answer({ give_up: true }));
  const again = button("Practise it again", { class: "quiet" }, practise);
  const hint = type === "attempt" && state.session ? hintPart({ lesson, exercise, used: before?.hints_used ?? 0, answer: kind.answer }) : null;
  const fields = box("fieldset", {}, box("legend", {}, ...prose(exercise.prompt)));
  if (kind.about) fields.append(element("p", kind.about, { class: "hint" }));
  fields.append(kind.node);
  const form = box("form", { novalidate: "" }, fields, box("div", { class: "actions" }, send, hint?.button ?? null, giveUp, again), hint?.node ?? null);
  const node = box("section", { class: "exercise", "aria-labelledby": heading.id, "data-exercise": exercise.id }, heading, form, outcome);

  function stand(next) {
    standing = next;
    node.dataset.standing = next;
    badge.textContent = type === "review" && next === "solved" ? "✓ answered" : STATES[next];
    fields.disabled = next !== "open";
    send.hidden = next !== "open";
    giveUp.hidden = next !== "open" || type === "review" || wrong < TRIES;
    again.hidden = type === "review" || !["solved", "given-up"].includes(next);
    hint?.offer(next === "open");
  }

  function say(text, verdict, ...more) {
    outcome.replaceChildren(box("p", { class: "verdict", "data-verdict": verdict }, text), ...more);
  }

  async function answer(given) {
    if (!state.session) {
      $("done").textContent = "Sign in first: then your answers count, and are kept.";
      $("email").focus();
      return;
    }
    const spent = Math.min(LONGEST_MS, Math.round(performance.now() - since));
    since = performance.now();
    const event = { type, lesson_id: lesson.id, exercise_id: exercise.id, answer: given, duration_ms: spent };
    if (type === "attempt") event.revision = lesson.revision;
    wait("Sent …");
    const { session } = state;
    const taken = await attempt(() => record(session, event));
    if (taken || standing !== "waits") return;
    const kept = await waiting(session.user.id);
    if (kept.some((each) => each.event.exercise_id === exercise.id && each.event.lesson_id === lesson.id)) {
      wait();
      return;
    }
    outcome.replaceChildren();
    stand("open"); // it is lost, as is said at the top of the page
  }

  function wait(text = "Kept on this device. You are told how it went when the server can be reached.") {
    stand("waits");
    say(text, "waits");
  }

  // What the server says of an answer.
  function take({ problem, attempt: found }, event) {
    if (problem) {
      stand(finished ?? "open");
      say(problem.detail ?? problem.title, "wrong");
      return;
    }
    if (!found) return;
    if (found.parts) kind.mark(found.parts);
    const isPractice = finished !== null;
    if (event.answer?.give_up) finished = "given-up";
    else if (found.correct || type === "review") finished ??= "solved";
    else wrong += 1;
    stand(finished ?? "open");
    tell(found, event);
    if (finished && !isPractice) onDone?.(found);
  }

  function tell(found, { answer: given }) {
    const lines = [];
    if (kind.rated) lines.push(box("p", { class: "card back" }, element("strong", "Back: "), ...prose(found.feedback)));
    if (found.solution) lines.push(solutionOf(kind, found.solution));
    if (found.explanation) lines.push(box("p", {}, ...prose(found.explanation)));
    const told = given?.give_up ? "This is the solution." : kind.rated ? ratedWords(found, type) : wordsOf(found, type);
    const earned = found.xp ? ` +${found.xp} XP` : "";
    const verdict = given?.give_up ? "given-up" : found.correct ? "right" : "wrong";
    say(`${{ right: "✓", wrong: "✗", "given-up": "–" }[verdict]} ${told}${earned}`, verdict, ...lines);
  }

  function practise() {
    outcome.replaceChildren();
    form.reset();
    stand("open");
    giveUp.hidden = true;
    again.hidden = true;
    heading.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = kind.answer();
    if (given) answer(given);
    else say(kind.missing, "missing");
  });
  form.addEventListener("input", () => {
    for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  });
  stand(finished ?? "open");
  return { id: exercise.id, node, take, wait, done: () => ["solved", "given-up"].includes(standing) };
}

// A review has one try; what was wrong comes back soon.
function wordsOf({ correct, feedback }, type) {
  return type === "review" && !correct ? `${feedback.replace(/ ?Try again\.$/, "")} It comes back soon.` : feedback;
}

function ratedWords({ correct }, type) {
  if (correct) return "Noted.";
  return type === "review" ? "Noted. It comes back soon." : "Noted. Read the back, and try it once more.";
}

function solutionOf(kind, solution) {
  const lines = kind.tell(solution).map((each) => element("li", each));
  return box(kind.ordered ? "ol" : "ul", { class: "solution", "aria-label": "Solution" }, ...lines);
}
