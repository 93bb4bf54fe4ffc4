// What is due for review: exercises that were hard, shown again before they are forgotten, one at a time.
import { box, element } from "/try/page.js";
import { call, state } from "/try/session.js";
import { exerciseOf } from "/try/lessons/exercise.js";
import { onQueue, through, waiting } from "/try/lessons/queue.js";

export async function showReviews(view, { signal }) {
  const person = state.session.user.id;
  const { items, next_due: nextDue } = await through(person, "reviews", () => call("/progress/reviews", { tries: 2 }));
  const kept = new Set((await waiting(person)).filter((each) => each.event.type === "review").map((each) => keyOf(each.event)));
  const due = items.filter((each) => !kept.has(keyOf({ lesson_id: each.lesson_id, exercise_id: each.exercise.id })));
  const place = element("div");
  const said = element("p", "", { class: "hint", role: "status" });
  view.append(element("h2", "Reviews", { tabindex: "-1" }), said, place);
  let at = -1;
  let frame = null;

  function next() {
    at += 1;
    said.textContent = at < due.length ? `${due.length - at} due` : emptyWords(nextDue, at);
    if (at >= due.length) {
      frame = null;
      place.replaceChildren(element("a", "Go on with a lesson", { href: "#/", class: "button" }));
      dispatchEvent(new Event("voxbus-due"));
      return;
    }
    const { lesson_id: id, exercise } = due[at];
    const more = element("button", at + 1 < due.length ? "Next" : "That was the last", { type: "button", hidden: "" });
    more.addEventListener("click", () => {
      next();
      (place.querySelector("h3, a") ?? place).focus();
    });
    frame = exerciseOf({ lesson: { id }, exercise, title: `Review ${at + 1} of ${due.length}`, type: "review", onDone: () => show(more) });
    place.replaceChildren(frame.node, more);
    new MutationObserver(() => { if (frame?.node.dataset.standing === "waits") show(more); })
      .observe(frame.node, { attributeFilter: ["data-standing"] });
  }

  onQueue("taken", ({ person: whose, events, answer }) => {
    const now = due[at] && keyOf({ lesson_id: due[at].lesson_id, exercise_id: due[at].exercise.id });
    events.forEach((event, index) => {
      if (whose === person && event.type === "review" && keyOf(event) === now) frame?.take(answer.results[index], event);
    });
  }, { signal });
  next();
}

function show(more) {
  more.hidden = false;
}

function keyOf({ lesson_id: lesson, exercise_id: exercise }) {
  return `${lesson}/${exercise}`;
}

function emptyWords(nextDue, done) {
  if (done) return "That is all for now.";
  if (!nextDue) return "Nothing is due. What you get wrong in a lesson comes back here before you forget it.";
  return `Nothing is due. The next comes on ${new Date(nextDue).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" })}.`;
}
