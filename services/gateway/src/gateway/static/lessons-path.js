// The topics with their lessons: what is open, begun, completed or locked, and what to go on with.
import { box, element } from "/try/page.js";
import { call, state } from "/try/session.js";
import { notesPlace } from "/try/lessons/notes.js";
import { through } from "/try/lessons/queue.js";

const PAGE = 100; // items of a list at a time
const MARKS = { completed: "✓ completed", started: "◐ begun", open: "○ open", locked: "✕ locked" };

export async function showPath(view, { signal }) {
  const person = state.session?.user.id ?? "";
  const { topics, lessons, progress, summary, recommended } = await through(person, "path", read);
  const standing = new Map(progress.map((each) => [each.lesson_id, each]));
  const titles = new Map(lessons.map((each) => [each.key, each.title]));
  const byTopic = Map.groupBy ? Map.groupBy(lessons, (each) => each.topic) : grouped(lessons);
  if (summary) view.append(nextOf(summary, recommended, lessons), await notesPlace(signal));
  for (const topic of topics) {
    const own = byTopic.get(topic.topic) ?? [];
    const done = own.filter((each) => standing.get(each.id)?.completion_status).length;
    const section = box("section", { "aria-labelledby": `topic-${topic.topic}` });
    section.append(element("h2", topic.title, { id: `topic-${topic.topic}`, tabindex: "-1" }), element("p", topic.description));
    if (summary) section.append(element("p", `${done} of ${own.length} completed`, { class: "hint" }));
    section.append(box("ol", { class: "path" }, ...own.map((each) => lessonItem(each, standing.get(each.id), titles))));
    view.append(section);
  }
}

async function read() {
  const own = Boolean(state.session);
  const [topics, lessons, progress, summary, recommended] = await Promise.all([
    call("/topics", { tries: 2 }),
    all("/lessons"),
    own ? all("/progress/lessons") : [],
    own ? call("/progress", { tries: 2 }) : null,
    own ? call("/progress/recommendations", { tries: 2 }) : { items: [] },
  ]);
  if (summary) dispatchEvent(new Event("voxbus-due"));
  return { topics: topics.items, lessons, progress, summary, recommended: recommended.items };
}

async function all(path) {
  const items = [];
  for (let cursor = ""; cursor !== null;) {
    const page = await call(`${path}?limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, { tries: 2 });
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

function grouped(lessons) {
  const found = new Map();
  for (const each of lessons) found.set(each.topic, [...(found.get(each.topic) ?? []), each]);
  return found;
}

// Without a session a lesson that requires nothing can be read.
function standingOf(lesson, own) {
  if (!own) return lesson.requires.length ? "locked" : "open";
  if (own.completion_status) return "completed";
  if (!own.unlocked) return "locked";
  return own.status === "started" ? "started" : "open";
}

function lessonItem(lesson, own, titles) {
  const standing = standingOf(lesson, own);
  const item = element("li", undefined, { "data-standing": standing, "data-key": lesson.key });
  const isOpen = standing !== "locked";
  item.append(isOpen ? element("a", lesson.title, { href: `#/lesson/${lesson.id}` }) : element("strong", lesson.title));
  const score = own?.completion_status && own.best_score !== null ? `, ${own.best_score} %` : "";
  item.append(element("span", `${MARKS[standing]}${score}`, { class: "mark" }));
  const needs = lesson.requires.map((key) => `“${titles.get(key) ?? key}”`).join(" and ");
  const about = isOpen ? `${lesson.summary} ${lesson.minutes} minutes.` : `Opens when ${needs || "the lessons before"} is completed.`;
  item.append(element("p", about, { class: "hint" }));
  return item;
}

function nextOf(summary, recommended, lessons) {
  const titles = new Map(lessons.map((each) => [each.id, each.title]));
  const section = box("section", { class: "next", "aria-labelledby": "next-title" });
  section.append(element("h2", "What comes next", { id: "next-title", tabindex: "-1" }));
  const { completed, lessons: many, xp } = summary.totals;
  section.append(element("p", `${completed} of ${many} lessons completed, ${xp} XP.`, { class: "hint" }));
  if (summary.reviews_due) {
    const due = summary.reviews_due === 1 ? "One exercise is" : `${summary.reviews_due} exercises are`;
    section.append(box("p", {}, element("a", `${due} due for review`, { href: "#/reviews", class: "away" })));
  }
  const [first, ...more] = recommended.filter((each) => titles.has(each.lesson_id));
  if (!first) section.append(element("p", "You have completed everything there is. Reviews keep it fresh."));
  else {
    section.append(element("a", titles.get(first.lesson_id), { href: `#/lesson/${first.lesson_id}`, class: "button" }));
    section.append(element("p", first.because, { class: "hint" }));
  }
  if (more.length) section.append(othersOf(more, titles));
  return section;
}

function othersOf(more, titles) {
  const items = more.map((each) => box("li", {}, element("a", titles.get(each.lesson_id), { href: `#/lesson/${each.lesson_id}` }), ` ${each.because}`));
  return box("details", {}, element("summary", "Or one of these"), box("ul", { class: "plain" }, ...items));
}
