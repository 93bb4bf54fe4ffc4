// What a learner says of a lesson: a mistake, something unclear, an idea, praise.
import { box, element, randomKey } from "/try/page.js";
import { attempt, call } from "/try/session.js";
import { Problem } from "/try/stream.js";

const KINDS = [["mistake", "There is a mistake"], ["unclear", "I do not understand something"], ["idea", "I have an idea"], ["praise", "I like it"], ["bug", "Something does not work"]];

export function reportPart(lesson) {
  const kind = element("select");
  kind.append(...KINDS.map(([value, text]) => element("option", text, { value })));
  const where = element("select");
  where.append(element("option", "the whole lesson", { value: "" }));
  where.append(...lesson.exercises.map((each, at) => element("option", `exercise ${at + 1}`, { value: each.id })));
  const text = element("textarea", undefined, { rows: "4", required: "", maxlength: "2000" });
  const said = element("p", "", { class: "hint", role: "status" });
  const form = box("form", {}, box("div", { class: "fields" }, box("label", {}, "What is it? ", kind), box("label", {}, "Of ", where)));
  form.append(box("label", {}, "In your words ", text), box("div", { class: "actions" }, element("button", "Send it", { type: "submit" })), said);
  const part = box("details", { class: "report" }, element("summary", "Say what you think of this lesson"), form);

  async function report() {
    const body = { lesson_id: lesson.id, kind: kind.value, text: text.value };
    if (where.value) body.exercise_id = where.value;
    try {
      await call("/feedback", { method: "POST", body, headers: { "Idempotency-Key": randomKey() }, tries: 3 });
    } catch (error) {
      if (!(error instanceof Problem) || error.document.status !== 404) throw error;
      part.hidden = true; // this server takes none
      return;
    }
    form.reset();
    said.textContent = "Thank you. Whoever looks after the lesson reads it, and you are told what becomes of it.";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(report);
  });
  return part;
}
