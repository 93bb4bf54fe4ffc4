// Shows what was said: words as they come, and struck out what was not spoken.
import { $, element } from "/try/page.js";

export function showMessage(role) {
  const item = element("li", "", { class: role });
  const who = element("span", role === "user" ? "You: " : "Answer: ", { class: "skip" });
  const text = element("span", "");
  item.append(who, text);
  $("said").append(item);
  scroll();
  return { item, text };
}

export function showText(shown, text) {
  shown.text.textContent = text;
  scroll();
}

// Shows a text of which only the first `spoken` characters were heard.
export function strike(shown, text, spoken) {
  const rest = element("s", text.slice(spoken));
  rest.prepend(element("span", " Not spoken: ", { class: "skip" }));
  shown.text.replaceChildren(text.slice(0, spoken), rest);
}

export function showSource(shown, { source, notices }) {
  const small = notices.some((each) => each.code === "small-model");
  const from = element("span", small ? `${source}, a small model: answers may be wrong` : source, { class: "from" });
  shown.item.append(from);
  const said = notices.map((each) => each.message).filter(Boolean);
  if (said.length) $("source").textContent = said.join(" ");
  scroll();
}

export function showModels(models) {
  const talks = models.filter((each) => each.roles?.includes("conversation") && each.status !== "retired");
  for (const { id, provider, retires_at: end } of talks.filter((each) => each.provider !== "local")) {
    $("model").append(element("option", `${id} (${provider}${end ? `, until ${end}` : ""})`, { value: id }));
  }
}

// Shows Markdown of the two kinds that notes have, headings and lists; everything else is text.
export function showNotes(markdown) {
  const box = $("notes-text");
  box.replaceChildren();
  let list = null;
  for (const line of markdown.split("\n").map((each) => each.trim()).filter(Boolean)) {
    const heading = line.match(/^#+\s+(.*)/);
    const point = line.match(/^[-*]\s+(.*)/);
    if (point) {
      list ??= box.appendChild(element("ul"));
      list.append(element("li", unescaped(point[1])));
      continue;
    }
    list = null;
    box.append(element(heading ? "h3" : "p", unescaped(heading ? heading[1] : line)));
  }
  $("notes").hidden = false;
}

function unescaped(text) {
  return text.replace(/\\([\\`*_[\]<>#|~&{}()+.!-])/g, "$1");
}

function scroll() {
  $("said").scrollTop = $("said").scrollHeight;
}
