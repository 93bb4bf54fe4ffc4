// Shows /openapi.json to people: what each operation takes, answers and refuses, with samples, and a form to try it.
// Nothing comes from other hosts. An operation is drawn when it is opened.
import { $, box, element, keptSession } from "/try/page.js";
import { consoleOf } from "/docs/console.js";
import { LANGUAGES } from "/docs/samples.js";
import { examplesOf, fieldTables, headerTable, parameterTable, prose, resolve } from "/docs/schema.js";

//: groups in the order in which a client meets them; others follow
const FIRST = ["accounts", "twisters", "attempts", "jobs"];
const redrawn = new EventTarget();
let language = sessionStorage.getItem("docs-language") ?? Object.keys(LANGUAGES)[0];

// “createAttempt” becomes “Create attempt”.
export function titleOf(id) {
  const words = id.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0].toUpperCase() + words.slice(1);
}

function block(value) {
  return element("pre", typeof value === "string" ? value : JSON.stringify(value, null, 2), { tabindex: "0" });
}

function media(openapi, content = {}) {
  return Object.entries(content).flatMap(([type, of]) => [
    element("p", type, { class: "hint" }),
    ...fieldTables(openapi, of.schema),
    ...examplesOf(openapi, of).filter((example) => example !== undefined).map(block),
  ]);
}

function response(openapi, status, given) {
  const of = resolve(openapi, given);
  const title = box("summary", {}, element("code", status, { class: status < "400" ? "good" : "bad" }), " ", ...prose(of.description));
  const shown = box("details", { class: "response" }, title);
  draw(shown, () => {
    const isProblem = "application/problem+json" in (of.content ?? {});
    const content = isProblem ? examplesOf(openapi, of.content["application/problem+json"]).map(block) : media(openapi, of.content);
    return [headerTable(openapi, of.headers), ...content];
  });
  shown.open = status < "300";
  return shown;
}

// Fills a box when it is opened for the first time.
function draw(details, parts) {
  details.addEventListener("toggle", () => details.open && details.append(...parts().filter((each) => each !== null)), { once: true });
}

// Who may call it, and what else has to hold.
function access(of) {
  const words = [`for: ${(of["x-access"] ?? []).join(" or ")}`];
  if (of["x-consent"]) words.push(`with consent to ${of["x-consent"].purpose} by ${of["x-consent"].recipient}`);
  if (of["x-fresh"]) words.push("after a sign-in of the last five minutes");
  if (of["x-job"]) words.push(`makes a job of kind ${of["x-job"].kind}`);
  if (of["x-limits"]) words.push(`limits: ${of["x-limits"].join(", ")}`);
  return element("p", words.join(" · "), { class: "hint" });
}

// --- samples

let boxes = 0;

// A request in each language; the choice holds for all samples of the page.
function samples(read) {
  boxes += 1;
  const shown = element("pre", undefined, { class: "sample", tabindex: "0" });
  const copy = element("button", "Copy", { type: "button", class: "quiet" });
  const inputs = Object.keys(LANGUAGES).map((name) => element("input", undefined, { type: "radio", name: `language-${boxes}`, value: name }));
  const show = () => {
    const request = read();
    for (const each of inputs) each.checked = each.value === language;
    if (request) shown.textContent = LANGUAGES[language](request);
    shown.setAttribute("aria-label", `Sample in ${language}`);
  };
  for (const each of inputs) {
    each.addEventListener("change", () => {
      language = each.value;
      sessionStorage.setItem("docs-language", language);
      redrawn.dispatchEvent(new Event("language"));
    });
  }
  redrawn.addEventListener("language", show);
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(shown.textContent);
    copy.textContent = "Copied";
  });
  show();
  const choice = box("fieldset", { class: "languages" }, element("legend", "Sample in", { class: "unseen" }), ...inputs.map((each) => box("label", {}, each, ` ${each.value}`)), copy);
  return { node: box("div", {}, choice, shown), show };
}

// --- operations

function heading(text) {
  return element("h4", text);
}

function details(openapi, described) {
  const { operation } = described;
  const trial = consoleOf(openapi, described, { changed: () => shown.show(), signedIn: showSession });
  const shown = samples(trial.read);
  return [
    box("p", {}, ...prose(`${operation.summary}.`)),
    ...(operation.description ? operation.description.split(/\n\n+/).map((each) => box("p", {}, ...prose(each))) : []),
    access(operation),
    heading("Sample"),
    shown.node,
    box("details", { class: "trial" }, element("summary", "Try it out"), trial.node),
    parameterTable(openapi, operation.parameters),
    ...(operation.requestBody ? [heading("Body"), ...media(openapi, operation.requestBody.content)] : []),
    heading("Answers"),
    ...Object.entries(operation.responses).map(([status, each]) => response(openapi, status, each)),
  ];
}

function operationBox(openapi, described) {
  const { path, method, operation } = described;
  const id = operation.operationId;
  const title = box("summary", {},
    box("h3", {}, titleOf(id)), element("code", method.toUpperCase(), { class: "method" }), element("code", path));
  const shown = box("details", { class: "operation", id }, title);
  draw(shown, () => details(openapi, described));
  return shown;
}

function webhookBox(openapi, name, methods) {
  const operation = Object.values(methods)[0];
  const shown = box("details", { class: "webhook", id: operation.operationId }, box("summary", {}, box("h3", {}, element("code", name))));
  draw(shown, () => [
    box("p", {}, ...prose(`${operation.summary}.`)),
    parameterTable(openapi, operation.parameters),
    heading("Body"),
    ...media(openapi, operation.requestBody.content),
    heading("Your answer"),
    ...Object.entries(operation.responses).map(([status, each]) => box("p", {}, element("code", status), " ", ...prose(each.description))),
  ]);
  return shown;
}

// Each type of problem with its title, as a link to its page.
function problems(openapi) {
  const rows = Object.values(openapi.components.examples ?? {}).map(({ value }) =>
    box("li", {}, element("code", value.status), " ", element("a", value.type, { href: value.type }), ` ${value.title}`));
  return box("section", { id: "problems" }, element("h2", "Problems"), box("ul", {}, ...rows));
}

function groupsOf(openapi) {
  const groups = new Map(FIRST.map((tag) => [tag, []]));
  for (const [path, of] of Object.entries(openapi.paths)) {
    for (const [method, operation] of Object.entries(of)) {
      const tag = operation.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), { path, method, operation }]);
    }
  }
  return [...groups].filter(([, of]) => of.length);
}

// --- the page

function showSession() {
  const session = keptSession();
  if (session) $("who").textContent = `Requests of this page are sent as ${session.user.username}.`;
  else $("who").replaceChildren("Nobody is signed in here: sign in at ", element("a", "/try", { href: "/try" }), ", or send a log-in below.");
}

function contents(groups) {
  const parts = groups.map(([name, links]) =>
    box("div", {}, element("h2", name), box("ul", {}, ...links.map(([id, text, words]) => box("li", { "data-words": words.toLowerCase() }, element("a", text, { href: `#${id}` }))))));
  $("contents").replaceChildren(...parts);
}

function find() {
  const words = $("find").value.toLowerCase().split(/\s+/);
  for (const each of $("contents").querySelectorAll("li")) each.hidden = !words.every((word) => each.dataset.words.includes(word));
}

// Opens what the address names.
function open() {
  const named = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  if (named?.tagName !== "DETAILS") return;
  named.open = true;
  named.scrollIntoView();
  named.querySelector("summary").focus();
}

const openapi = await (await fetch("/openapi.json")).json();
const groups = groupsOf(openapi);
const webhooks = Object.entries(openapi.webhooks ?? {});
$("title").textContent = openapi.info.title;
$("summary").textContent = openapi.info.summary ?? "";
$("description").textContent = openapi.info.description ?? "";
$("operations").replaceChildren(
  ...groups.map(([tag, of]) => box("section", {}, element("h2", tag), ...of.map((each) => operationBox(openapi, each)))),
  box("section", { id: "webhooks" }, element("h2", "Calls to your webhooks"), ...webhooks.map(([name, methods]) => webhookBox(openapi, name, methods))),
  problems(openapi),
);
contents([
  ...groups.map(([tag, of]) => [tag, of.map(({ path, method, operation }) => [operation.operationId, titleOf(operation.operationId), `${operation.operationId} ${method} ${path} ${operation.summary}`])]),
  ["calls to your webhooks", webhooks.map(([name, methods]) => [Object.values(methods)[0].operationId, name, name])],
  ["more", [["problems", "Problems", "problems errors"]]],
]);
$("find").addEventListener("input", find);
addEventListener("hashchange", open);
showSession();
open();
