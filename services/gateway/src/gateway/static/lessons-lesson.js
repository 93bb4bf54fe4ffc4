// A lesson: its text with the exercises where they belong, and how it went in the end.
import { $, box, element, randomKey, send } from "/try/page.js";
import { attempt, call, state } from "/try/session.js";
import { Problem } from "/try/stream.js";
import { contentOf } from "/try/lessons/content.js";
import { exerciseOf } from "/try/lessons/exercise.js";
import { reportPart } from "/try/lessons/report.js";
import { onQueue, record, through, waiting } from "/try/lessons/queue.js";

export async function showLesson(view, { id, signal }) {
  const person = state.session?.user.id ?? "";
  const taken = []; // what is handed in while the lesson is read, by this tab or another: what is read may be older
  let frames = null;
  onQueue("taken", (each) => {
    if (each.person !== person) return;
    if (frames) spread(each, id, frames);
    else taken.push(each);
  }, { signal });
  let found;
  try {
    found = await through(person, `lesson/${id}`, () => read(id));
  } catch (error) {
    if (!(error instanceof Problem) || error.document.status !== 403) throw error;
    view.append(await locked(error.document));
    return;
  }
  const { lesson, progress } = found;
  frames = framesOf(lesson, progress, () => attempt(ended));
  const end = element("section", undefined, { class: "end", "aria-labelledby": "end-title", tabindex: "-1", hidden: "" });

  async function ended() {
    if (!frames.every((each) => each.done())) return;
    const now = await call(`/progress/lessons/${id}`);
    dispatchEvent(new Event("voxbus-due"));
    if (now.completion_status && !signal.aborted) await showEnd(end, lesson, now);
  }

  view.append(headOf(lesson, progress), textOf(lesson, frames), end);
  if (lesson.sources.length) view.append(sourcesOf(lesson));
  if (state.session) view.append(reportPart(lesson));
  if (!state.session) return;
  for (const each of taken) spread(each, id, frames);
  await showKept(person, id, frames);
  if (progress.status === "completed") await showEnd(end, lesson, progress).catch(() => {});
  if (progress.status === "open") record(state.session, { type: "opened", lesson_id: id }).catch(() => {});
}

async function read(id) {
  const [lesson, progress] = await Promise.all([
    call(`/lessons/${encodeURIComponent(id)}`, { tries: 2 }),
    state.session ? call(`/progress/lessons/${encodeURIComponent(id)}`, { tries: 2 }) : null,
  ]);
  return { lesson, progress };
}

async function locked({ title, detail, requires = [] }) {
  const first = await Promise.all(requires.map((key) => call(`/lessons?key=${encodeURIComponent(key)}`, { tries: 2 })));
  const items = first.map(({ items: [each] }, at) => (each ? element("a", each.title, { href: `#/lesson/${each.id}` }) : requires[at]));
  const list = box("ul", {}, ...items.map((each) => box("li", {}, each)));
  return box("section", {}, element("h2", title, { tabindex: "-1" }), element("p", detail ?? ""), list, back());
}

function back() {
  return box("p", {}, element("a", "← All lessons", { href: "#/", class: "away" }));
}

function framesOf(lesson, progress, onDone) {
  const before = new Map((progress?.exercises ?? []).map((each) => [each.exercise_id, each]));
  return lesson.exercises.map((exercise, at) => exerciseOf({
    lesson,
    exercise,
    title: `Exercise ${at + 1} of ${lesson.exercises.length}`,
    before: before.get(exercise.id),
    onDone,
  }));
}

function headOf(lesson, progress) {
  const about = `${lesson.minutes} minutes · ${lesson.difficulty} · ${lesson.exercises.length} exercises`;
  const head = box("div", { class: "lesson-head" }, back(), element("h2", lesson.title, { tabindex: "-1" }));
  head.append(element("p", lesson.summary), element("p", about, { class: "hint" }));
  if (lesson.newer_revision && progress) {
    head.append(box("p", { class: "kind" }, "There is a newer version of this lesson. ", restartButton(lesson, "Begin the newer version")));
  }
  return head;
}

// An exercise whose place is missing stands at the end.
function textOf(lesson, frames) {
  const left = new Map(frames.map((each) => [each.id, each]));
  const placeOf = (id) => {
    const frame = left.get(id);
    left.delete(id);
    return frame?.node ?? "";
  };
  const text = box("article", { class: "lesson" }, ...contentOf(lesson.content_html, placeOf));
  text.append(...[...left.values()].map((each) => each.node));
  return text;
}

function sourcesOf(lesson) {
  const links = lesson.sources.map((each) => box("li", {}, element("a", each.title, { href: each.url, rel: "noopener noreferrer", target: "_blank" })));
  const credits = lesson.media.map((each) => element("li", `Picture “${each.alt}”: ${each.licence}`));
  return box("details", { class: "sources" }, element("summary", "Sources"), box("ul", {}, ...links, ...credits));
}

// --- answers that come back, and those that wait

function spread({ events, answer }, id, frames) {
  const asked = new Map(events.map((each) => [each.client_id, each]));
  for (const result of answer.results) {
    const event = asked.get(result.client_id);
    if (event?.lesson_id === id && event.type === "attempt") frames.find((each) => each.id === event.exercise_id)?.take(result, event);
  }
}

async function showKept(person, id, frames) {
  for (const { event } of await waiting(person)) {
    if (event.lesson_id === id && event.type === "attempt") frames.find((each) => each.id === event.exercise_id)?.wait();
  }
}

// --- the end

async function showEnd(end, lesson, progress) {
  const { items } = await call("/progress/recommendations");
  const next = items.find((each) => each.lesson_id !== lesson.id);
  const best = progress.best_score > (progress.score ?? 0) ? ` Your best is ${progress.best_score} %.` : "";
  end.replaceChildren(
    element("h2", "Lesson completed", { id: "end-title" }),
    element("p", `Your score is ${progress.score ?? progress.best_score} %.${best}`, { class: "score" }),
    box("div", { class: "actions" }, next ? element("a", "Go on with the next lesson", { href: `#/lesson/${next.lesson_id}`, class: "button" }) : null, restartButton(lesson, "Begin it again")),
  );
  if (next) end.insertBefore(element("p", `Next: ${next.because}`, { class: "hint" }), end.lastChild);
  end.hidden = false;
}

function restartButton(lesson, text) {
  const made = element("button", text, { type: "button", class: "quiet" });
  made.addEventListener("click", () => {
    if (!confirm("All exercises of this lesson are open again then. Your best score stays. Go on?")) return;
    attempt(async () => {
      await send(`/lessons/${lesson.id}/restart`, { method: "POST", headers: { "Idempotency-Key": randomKey() }, session: state.session, tries: 3 });
      $("done").textContent = "";
      dispatchEvent(new Event("hashchange"));
    });
  });
  return made;
}
