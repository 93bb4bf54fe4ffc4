// Shows /openapi.json to people: what each endpoint takes, answers and refuses, with examples. Nothing from outside.

const $ = (id) => document.getElementById(id);

function element(tag, { text, className, children = [] } = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  made.append(...children);
  return made;
}

// What a reference to a component stands for: a schema, an answer or an example.
// What a reference to a component stands for.
function resolve(openapi, part) {
  if (!part?.$ref) return part;
  return part.$ref.slice(2).split("/").reduce((of, name) => of[name], openapi);
}

// The schema's own example, else one made of those of its parts.
function exampleOf(openapi, given) {
  const schema = resolve(openapi, given);
  if (!schema) return undefined;
  if (schema.examples) return schema.examples[0];
  const one = (schema.oneOf ?? schema.anyOf)?.[0];
  if (one) return exampleOf(openapi, one);
  if (schema.type === "array") return [exampleOf(openapi, schema.items)];
  if (!schema.properties) return schema.default ?? schema.enum?.[0] ?? schema.format ?? schema.type;
  if (schema.properties.items && schema.properties.next_cursor) {
    return { items: exampleOf(openapi, schema.properties.items), next_cursor: null };
  }
  const parts = Object.entries(schema.properties);
  return Object.fromEntries(parts.map(([name, of]) => [name, exampleOf(openapi, of)]));
}

// The declared examples, else that of each shape that it may have.
function examplesOf(openapi, media) {
  if (media.example !== undefined) return [media.example];
  if (media.examples) return Object.values(media.examples).map((each) => resolve(openapi, each).value);
  const schema = resolve(openapi, media.schema);
  const shapes = schema?.oneOf ?? schema?.anyOf;
  return shapes ? shapes.map((shape) => exampleOf(openapi, shape)) : [exampleOf(openapi, media.schema)];
}

function block(value) {
  return element("pre", { text: typeof value === "string" ? value : JSON.stringify(value, null, 2) });
}

function media(openapi, content = {}) {
  return Object.entries(content).flatMap(([type, of]) => [
    element("p", { className: "hint", text: type }),
    ...examplesOf(openapi, of).filter((example) => example !== undefined).map(block),
  ]);
}

function list(entries) {
  const rows = entries.map(([name, text]) => element("li", { children: [element("code", { text: name }), ` ${text}`] }));
  return element("ul", { children: rows });
}

function parameters(operation) {
  const found = operation.parameters ?? [];
  if (!found.length) return [];
  const rows = found.map((each) => [
    each.name,
    `${each.in}${each.required ? ", required" : ""}${each.description ? ` · ${each.description}` : ""}`,
  ]);
  return [element("h3", { text: "Parameters" }), list(rows)];
}

function body(openapi, operation) {
  return operation.requestBody ? [element("h3", { text: "Body" }), ...media(openapi, operation.requestBody.content)] : [];
}

function response(openapi, status, given) {
  const of = resolve(openapi, given);
  const title = element("summary", {
    children: [element("code", { text: status, className: status < "400" ? "good" : "bad" }), ` ${of.description}`],
  });
  const headers = Object.entries(of.headers ?? {}).map(([name, header]) => [name, `header · ${header.description}`]);
  const box = element("details", {
    children: [title, ...(headers.length ? [list(headers)] : []), ...media(openapi, of.content)],
  });
  box.open = status < "300";
  return box;
}

// Who may call it, and what else has to hold.
function access(of) {
  const words = [`for: ${(of["x-access"] ?? []).join(" or ")}`];
  if (of["x-consent"]) words.push(`with consent to ${of["x-consent"].purpose} by ${of["x-consent"].recipient}`);
  if (of["x-fresh"]) words.push("after a sign-in of the last five minutes");
  if (of["x-job"]) words.push(`makes a job of kind ${of["x-job"].kind}`);
  return element("p", { className: "hint", text: words.join(" · ") });
}

function operation(openapi, path, method, of) {
  const needsToken = of.security?.every((each) => Object.keys(each).length > 0);
  const title = element("summary", {
    children: [
      element("code", { text: method.toUpperCase(), className: "method" }),
      element("code", { text: path }),
      element("span", { className: "hint", text: `${of.summary}${needsToken ? " · needs a token" : ""}` }),
    ],
  });
  const responses = Object.entries(of.responses).map(([status, each]) => response(openapi, status, each));
  return element("details", {
    className: "operation",
    children: [
      title,
      ...(of.description ? [element("p", { text: of.description })] : []),
      access(of),
      ...parameters(of),
      ...body(openapi, of),
      element("h3", { text: "Answers" }),
      ...responses,
    ],
  });
}

// Each type of problem with its title, as a link to its page.
function problems(openapi) {
  const rows = Object.entries(openapi.components.examples ?? {}).map(([name, { value }]) => {
    const link = element("a", { text: value.type });
    link.href = value.type;
    return element("li", { children: [element("code", { text: value.status }), " ", link, ` ${value.title}`] });
  });
  return element("section", {
    children: [element("h2", { text: "problems" }), element("ul", { children: rows })],
  });
}

const openapi = await (await fetch("/openapi.json")).json();
$("title").textContent = openapi.info.title;
$("summary").textContent = openapi.info.summary ?? "";
$("description").textContent = openapi.info.description ?? "";
const groups = new Map();
for (const [path, of] of Object.entries(openapi.paths)) {
  for (const [method, each] of Object.entries(of)) {
    const tag = each.tags?.[0] ?? "other";
    groups.set(tag, [...(groups.get(tag) ?? []), operation(openapi, path, method, each)]);
  }
}
$("operations").replaceChildren(
  ...[...groups].map(([tag, of]) => element("section", { children: [element("h2", { text: tag }), ...of] })),
  problems(openapi),
);
