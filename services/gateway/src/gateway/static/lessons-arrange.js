// Exercises that are answered by arranging: items in an order, and pairs.
import { box, element } from "/try/page.js";
import { prose } from "/try/lessons/content.js";

function tick(node, right) {
  node.dataset.right = String(right);
  node.querySelector(".verdict").textContent = right ? "✓ right" : "✗ not here";
}

function clear(node) {
  delete node.dataset.right;
  node.querySelector(".verdict").textContent = "";
}

// Items are moved by two buttons each, or dragged by the handle with a mouse, a pen or a finger.
export function ordering(exercise) {
  const texts = new Map(exercise.items.map((each) => [each.id, each.text]));
  const list = element("ol", undefined, { class: "order" });
  const said = element("p", undefined, { class: "unseen", role: "status" });
  const items = () => [...list.children];

  function settle() {
    items().forEach((item, at) => {
      clear(item);
      item.querySelector(".up").disabled = at === 0;
      item.querySelector(".down").disabled = at === texts.size - 1;
    });
  }

  function say(item) {
    said.textContent = `“${texts.get(item.dataset.id)}” is ${items().indexOf(item) + 1} of ${texts.size} now.`;
  }

  function move(item, by) {
    if (by < 0) item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    settle();
    say(item);
    const button = item.querySelector(by < 0 ? ".up" : ".down");
    (button.disabled ? item.querySelector("button:not(:disabled)") : button).focus();
  }

  function moveButton(item, by, text) {
    const name = { up: "Move up", down: "Move down" }[text];
    const made = element("button", by < 0 ? "↑" : "↓", { type: "button", class: `quiet ${text}`, "aria-label": `${name}: ${texts.get(item.dataset.id)}` });
    made.addEventListener("click", () => move(item, by));
    return made;
  }

  for (const { id, text } of exercise.items) {
    const item = element("li", undefined, { "data-id": id });
    const handle = element("span", "⠿", { class: "handle", "aria-hidden": "true" });
    item.append(handle, box("span", { class: "text" }, ...prose(text)), element("span", "", { class: "verdict" }));
    item.append(box("span", { class: "moves" }, moveButton(item, -1, "up"), moveButton(item, 1, "down")));
    list.append(item);
    draggable(item, handle, list, () => {
      settle();
      say(item);
    });
  }
  settle();
  return {
    node: box("div", {}, list, said),
    about: "Move the items into order, from the first to the last.",
    missing: "",
    answer: () => ({ order: items().map((each) => each.dataset.id) }),
    mark: (parts) => parts.forEach(({ id, correct }) => tick(list.querySelector(`[data-id="${CSS.escape(id)}"]`), correct)),
    tell: (answer) => answer.order.map((id) => texts.get(id)),
    ordered: true,
  };
}

// Lets an item be dragged within its list; what it passes makes room at once.
function draggable(item, handle, list, dropped) {
  function drag({ clientY }) {
    const others = [...list.children].filter((each) => each !== item);
    const below = others.find((each) => {
      const { top, height } = each.getBoundingClientRect();
      return clientY < top + height / 2;
    });
    if ((below ?? null) !== item.nextElementSibling) list.insertBefore(item, below ?? null);
  }

  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || item.closest(":disabled")) return;
    event.preventDefault();
    item.classList.add("dragged");
    const ended = new AbortController();
    const end = () => {
      ended.abort();
      item.classList.remove("dragged");
      dropped();
    };
    // on the window: an item that is put elsewhere in the page loses a captured pointer
    addEventListener("pointermove", drag, { signal: ended.signal });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, end, { signal: ended.signal });
  });
}

// Each left item has a list of what may belong to it. What is chosen twice is said when it is sent, and not mended: with the
// arrow keys one passes through what others have chosen.
export function matching(exercise) {
  const rights = new Map(exercise.right.map((each) => [each.id, each.text]));
  const lefts = new Map(exercise.left.map((each) => [each.id, each.text]));
  const fields = new Map();
  const list = element("ul", undefined, { class: "pairs" });
  for (const { id, text } of exercise.left) {
    const field = element("select");
    field.append(element("option", "Choose …", { value: "" }));
    field.append(...exercise.right.map((each) => element("option", each.text, { value: each.id })));
    field.addEventListener("change", () => {
      for (const { item } of fields.values()) clear(item);
    });
    const item = box("li", {}, box("label", {}, box("span", { class: "text" }, ...prose(text)), field), element("span", "", { class: "verdict" }));
    fields.set(id, { field, item });
    list.append(item);
  }
  return {
    node: list,
    about: "Each belongs to one other.",
    missing: "Choose one for each, and none twice.",
    answer() {
      const pairs = Object.fromEntries([...fields].map(([id, { field }]) => [id, field.value]));
      const chosen = new Set(Object.values(pairs));
      return chosen.size === fields.size && !chosen.has("") ? { pairs } : null;
    },
    mark: (parts) => parts.forEach(({ id, correct }) => tick(fields.get(id).item, correct)),
    tell: (answer) => Object.entries(answer.pairs).map(([left, right]) => `${lefts.get(left)}: ${rights.get(right)}`),
  };
}
