// What the server has told and nobody has read yet: notifications within the page, shown as they come.
import { box, element, randomKey, renew } from "/try/page.js";
import { attempt, call, state } from "/try/session.js";
import { isAway } from "/try/lessons/queue.js";
import { Problem, follow } from "/try/stream.js";

const PATH = "/notifications";
const AT_ONCE = 10;

// Answers a place with what is unread. As long as `signal` lasts it changes with what comes in; what has the focus stays.
export async function notesPlace(signal) {
  const place = element("div", undefined, { "aria-live": "polite" });
  let isOpened = false;

  async function fill() {
    const [next, shown] = [await notesPart(), place.querySelector(".notes")];
    if (!next || !shown?.contains(document.activeElement)) return place.replaceChildren(next ?? "");
    const known = new Set([...shown.querySelectorAll("li")].map((each) => each.dataset.id));
    shown.querySelector("ul").prepend(...[...next.querySelectorAll("li")].filter((each) => !known.has(each.dataset.id)));
  }

  function again() {
    if (!signal.aborted) fill().catch(() => {});
  }

  function onState(name) {
    if (name === "open" && isOpened) again(); // what came while there was no line
    isOpened ||= name === "open";
  }

  try {
    await fill();
  } catch (error) {
    if (!isAway(error)) throw error;
  }
  const onEvent = ({ type }) => type === "notifications.changed" && again();
  follow("/events", { session: state.session, renew, signal, onEvent, onState }).catch(() => {});
  return place;
}

// Null where there is nothing.
async function notesPart() {
  let items;
  try {
    items = (await call(`${PATH}?state=unread&limit=${AT_ONCE}`, { tries: 2 })).items;
  } catch (error) {
    if (error instanceof Problem && [404, 422].includes(error.document.status)) return null; // of a server without them
    throw error;
  }
  if (!items.length) return null;
  const list = element("ul", undefined, { class: "plain" });
  const title = element("h2", "For you", { id: "notes-title", tabindex: "-1" });
  const all = element("button", "I have read all of it", { type: "button", class: "quiet" });
  const section = box("section", { class: "notes", "aria-labelledby": "notes-title" }, title, list, items.length > 1 ? all : null);

  function read(path, node) {
    return attempt(async () => {
      await call(path, { method: "POST", headers: { "Idempotency-Key": randomKey() }, tries: 3 });
      const from = node.closest(".notes");
      node.remove();
      if (!from.querySelector("li")) from.remove();
      (document.querySelector(".notes h2") ?? document.querySelector("#view h2"))?.focus();
    });
  }

  all.addEventListener("click", () => read(`${PATH}/read-all`, section));
  list.append(...items.map((each) => noteItem(each, read)));
  return section;
}

function noteItem({ id, title, body, link }, read) {
  const item = element("li", undefined, { "data-id": id });
  const done = element("button", "Read", { type: "button", class: "quiet", "aria-label": `I have read “${title}”` });
  done.addEventListener("click", () => read(`${PATH}/${id}/read`, item));
  const leads = link?.startsWith("/") && !link.startsWith("//");
  item.append(box("div", {}, leads ? element("a", title, { href: link }) : element("strong", title), body ? element("p", body) : null), done);
  return item;
}
