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
function resolve(openapi, part) {
  const [, , kind, name] = part?.$ref?.split("/") ?? [];
  return name ? openapi.components[kind][name] : part;
}

// The declared example, else the first of the schema's own, else one made of those of its parts.
function exampleOf(openapi, media) {
  if (media.example !== undefined) return media.example;
  const [declared] = Object.values(media.examples ?? {});
  if (declared) return resolve(openapi, declared).value;
  const schema = resolve(openapi, media.schema);
  if (schema?.examples) return schema.examples[0];
  const one = (schema?.anyOf ?? schema?.oneOf)?.[0];
  if (one) return exampleOf(openapi, { schema: one });
  if (schema?.properties?.items) {
    return { items: [exampleOf(openapi, { schema: schema.properties.items.items })], next_cursor: null };
  }
  if (!schema?.properties) return undefined;
  const parts = Object.entries(schema.properties);
  return Object.fromEntries(parts.map(([name, of]) => [name, resolve(openapi, of)?.format ?? resolve(openapi, of)?.type ?? null]));
}

function block(value) {
  return element("pre", { text: typeof value === "string" ? value : JSON.stringify(value, null, 2) });
}

function media(openapi, content = {}) {
  return Object.entries(content).flatMap(([type, of]) => {
    const example = exampleOf(openapi, of);
    return [element("p", { className: "hint", text: type }), ...(example === undefined ? [] : [block(example)])];
  });
}

function parameters(operation) {
  const found = operation.parameters ?? [];
  if (!found.length) return [];
  const rows = found.map((each) =>
    element("li", {
      children: [
        element("code", { text: each.name }),
        ` ${each.in}${each.required ? ", required" : ""}${each.description ? ` · ${each.description}` : ""}`,
      ],
    }),
  );
  return [element("h3", { text: "Parameters" }), element("ul", { children: rows })];
}

function body(openapi, operation) {
  return operation.requestBody ? [element("h3", { text: "Body" }), ...media(openapi, operation.requestBody.content)] : [];
}

function response(openapi, status, of) {
  const title = element("summary", {
    children: [element("code", { text: status, className: status < "400" ? "good" : "bad" }), ` ${of.description}`],
  });
  const box = element("details", { children: [title, ...media(openapi, of.content)] });
  box.open = status < "300";
  return box;
}

function operation(openapi, path, method, of) {
  const title = element("summary", {
    children: [
      element("code", { text: method.toUpperCase(), className: "method" }),
      element("code", { text: path }),
      element("span", { className: "hint", text: `${of.summary}${of.security ? " · needs a token" : ""}` }),
    ],
  });
  const responses = Object.entries(of.responses).map(([status, each]) =>
    response(openapi, status, resolve(openapi, each)),
  );
  return element("details", {
    className: "operation",
    children: [
      title,
      element("p", { text: of.description ?? "" }),
      ...parameters(of),
      ...body(openapi, of),
      element("h3", { text: "Answers" }),
      ...responses,
    ],
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
);
