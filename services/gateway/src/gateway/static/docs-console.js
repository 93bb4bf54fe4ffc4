// “Try it out”: a form for one operation, its request, and the answer as it comes.
import { box, element, keepSession, keptSession, renew } from "/try/page.js";
import { exampleOf, resolve, shapesOf } from "/docs/schema.js";

const EXAMPLE_ID = "018f6a1e-0000-7000-8000-000000000001";
const STREAM = "text/event-stream";
const SHOWN = ["content-type", "location", "etag", "retry-after", "ratelimit", "idempotency-replayed", "preference-applied", "x-request-id"];
let made = 0;

// What a form begins with, so that samples are whole: a value for each part that is required.
function presetOf(openapi, parameter) {
  if (parameter.name === "If-Match") return "*";
  if (!parameter.required) return "";
  const schema = resolve(openapi, parameter.schema);
  return schema.format === "uuid" ? EXAMPLE_ID : String(exampleOf(openapi, schema) ?? "");
}

function field(name, control, required) {
  made += 1;
  control.id = `field-${made}`;
  return box("div", { class: "field" }, element("label", required ? `${name} (required)` : name, { for: control.id }), control);
}

function choices(openapi, schema) {
  const values = shapesOf(openapi, schema).flatMap((each) => each?.enum ?? (each?.const === undefined ? [] : [each.const]));
  if (!values.length) return null;
  return box("select", {}, element("option", "", { value: "" }), ...values.map((each) => element("option", String(each), { value: each })));
}

// The form of an operation: {node, read, focus}. `read` gives the request as `samples` takes it; null for JSON that is none.
export function formOf(openapi, { path, method, operation }) {
  const parameters = (operation.parameters ?? []).map((parameter) => {
    const control = choices(openapi, parameter.schema) ?? element("input", undefined, { type: "text", autocomplete: "off", spellcheck: "false" });
    control.value = presetOf(openapi, parameter);
    return { ...parameter, control };
  });
  const content = operation.requestBody?.content ?? {};
  const type = Object.keys(content)[0];
  const schema = type ? resolve(openapi, content[type].schema) : null;
  const example = schema ? exampleOf(openapi, schema) : undefined;
  const isForm = type === "multipart/form-data";
  const parts = isForm
    ? Object.entries(schema.properties).map(([name, of]) => {
        const isFile = of.contentMediaType !== undefined;
        const control = isFile ? element("input", undefined, { type: "file" }) : element("input", undefined, { type: "text", autocomplete: "off" });
        if (!isFile) control.value = example?.[name] ?? "";
        return { name, isFile, control, required: schema.required?.includes(name) };
      })
    : [];
  const json = type && !isForm ? element("textarea", undefined, { spellcheck: "false", rows: "8" }) : null;
  if (json) json.value = JSON.stringify(example, null, 2);
  const isPublic = operation.security?.some((each) => Object.keys(each).length === 0) ?? true;
  const answer = Object.entries(operation.responses).find(([status]) => status < "300")?.[1] ?? {};
  const types = Object.keys(resolve(openapi, answer).content ?? {});

  function read() {
    const given = parameters.filter(({ control }) => control.value !== "");
    let url = location.origin + path;
    for (const { name, control } of given.filter((each) => each.in === "path")) url = url.replace(`{${name}}`, encodeURIComponent(control.value));
    const query = new URLSearchParams(given.filter((each) => each.in === "query").map(({ name, control }) => [name, control.value]));
    if (query.size) url += `?${query}`;
    const request = {
      method: method.toUpperCase(),
      url,
      token: !isPublic || operation["x-access"]?.some((word) => word !== "public") === true,
      headers: given.filter((each) => each.in === "header").map(({ name, control }) => [name, control.value]),
      streams: types.includes(STREAM),
      answers: types.includes("application/json"),
    };
    if (json) {
      try {
        request.json = JSON.parse(json.value);
      } catch {
        return null;
      }
    }
    if (isForm) request.form = parts.filter(({ control, isFile, required }) => control.value || (isFile && required)).map(({ name, control, isFile }) => [name, isFile ? control.files[0]?.name ?? `${name}.webm` : control.value, isFile]);
    return request;
  }

  function files() {
    return new Map(parts.filter(({ isFile, control }) => isFile && control.files[0]).map(({ name, control }) => [name, control.files[0]]));
  }

  const node = box("div", { class: "fields" },
    ...parameters.map((each) => field(each.name, each.control, each.required)),
    ...parts.map((each) => field(each.name, each.control, each.required)),
    json ? field(`Body, ${type}`, json, false) : null);
  return { node, read, files };
}

function bodyOf(request, files) {
  if (request.json !== undefined) return JSON.stringify(request.json);
  if (!request.form) return undefined;
  const form = new FormData();
  for (const [name, value, isFile] of request.form) {
    if (!isFile) form.set(name, value);
    else if (files.has(name)) form.set(name, files.get(name), value);
  }
  return form;
}

async function ask(request, files, signal, session) {
  const headers = new Headers(request.headers);
  if (session) headers.set("Authorization", `Bearer ${session.access_token}`);
  if (request.json !== undefined && !headers.has("Content-Type")) headers.set("Content-Type", "application/json");
  return fetch(request.url, { method: request.method, headers, body: bodyOf(request, files), cache: "no-store", signal });
}

// Asks once more if the session's access token has run out.
async function askInSession(request, files, signal) {
  const session = request.token ? keptSession() : null;
  const response = await ask(request, files, signal, session);
  if (response.status !== 401 || !session) return response;
  try {
    await renew(session);
  } catch {
    return response;
  }
  return ask(request, files, signal, session);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// The form with its buttons. `changed` is called when a request may have become another, `signedIn` after a log-in.
export function consoleOf(openapi, described, { changed, signedIn }) {
  const form = formOf(openapi, described);
  const status = element("p", undefined, { role: "status", class: "status" });
  const headers = element("pre", undefined, { class: "heads", tabindex: "0", "aria-label": "Headers of the answer" });
  const shown = element("pre", undefined, { class: "answer", tabindex: "0", "aria-label": "Answer" });
  const send = element("button", "Send", { type: "submit" });
  const stop = element("button", "Stop", { type: "button", class: "quiet" });
  for (const each of [headers, shown, stop]) each.hidden = true;
  let running = null;

  async function run() {
    const request = form.read();
    if (!request) {
      status.textContent = "The body is not JSON.";
      return;
    }
    running?.abort();
    const mine = new AbortController();
    running = mine;
    status.textContent = "Waiting …";
    shown.textContent = "";
    stop.hidden = false;
    const began = performance.now();
    try {
      const response = await askInSession(request, form.files(), mine.signal);
      status.textContent = `${response.status} after ${Math.round(performance.now() - began)} ms`;
      status.className = response.ok ? "status good" : "status bad";
      headers.textContent = SHOWN.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`).join("\n");
      headers.hidden = shown.hidden = false;
      await read(response);
    } catch (error) {
      if (running !== mine) return;
      status.textContent = mine.signal.aborted ? "Stopped." : `No answer: ${error.message}`;
    }
    if (running === mine) stop.hidden = true;
  }

  async function read(response) {
    if (response.headers.get("content-type")?.startsWith(STREAM)) {
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) shown.append(part.value);
      return;
    }
    const text = await response.text();
    shown.textContent = pretty(text);
    if (!response.ok) return;
    const found = text ? JSON.parse(text) : null;
    if (found?.access_token && found.user) {
      keepSession(found);
      signedIn();
    }
  }

  stop.addEventListener("click", () => running?.abort());
  const node = box("form", { class: "console" }, form.node, box("div", { class: "actions" }, send, stop), status, headers, shown);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  node.addEventListener("input", changed);
  return { node, read: form.read };
}
