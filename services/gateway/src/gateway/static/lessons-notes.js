// What the server has told and nobody has read yet: notifications within the page. Null where there are none.
import { box, element, randomKey } from "/try/page.js";
import { attempt, call } from "/try/session.js";
import { Problem } from "/try/stream.js";

const PATH = "/notifications";
const AT_ONCE = 10;

export async function notesPart() {
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
      node.remove();
      if (!list.children.length) section.remove();
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
