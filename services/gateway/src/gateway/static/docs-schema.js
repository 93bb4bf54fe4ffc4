// Reads the schemas of /openapi.json: their examples, and a table of their fields.
import { box, element } from "/try/page.js";

const DEEPEST = 4; // levels of fields within fields
const LIMITS = {
  minimum: "at least", maximum: "at most", exclusiveMaximum: "below", minLength: "characters at least",
  maxLength: "characters at most", minItems: "entries at least", maxItems: "entries at most", pattern: "matches",
};

// Text with its `code`.
export function prose(text) {
  return text.split("`").map((part, at) => (at % 2 ? element("code", part) : part));
}

// What a reference to a component stands for.
export function resolve(openapi, part) {
  if (!part?.$ref) return part;
  return part.$ref.slice(2).split("/").reduce((of, name) => of[name], openapi);
}

const shapes = (schema) => schema?.oneOf ?? schema?.anyOf ?? null;
const isNull = (schema) => schema.type === "null";

// The shapes that a schema may have, without null.
export function shapesOf(openapi, given) {
  const schema = resolve(openapi, given);
  return shapes(schema)?.filter((each) => !isNull(each)).map((each) => resolve(openapi, each)) ?? [schema];
}

// The schema's own example, else one made of those of its parts.
export function exampleOf(openapi, given) {
  const schema = resolve(openapi, given);
  if (!schema) return undefined;
  if (schema.examples) return schema.examples[0];
  const one = shapes(schema)?.[0];
  if (one) return exampleOf(openapi, one);
  if (schema.type === "array") return [exampleOf(openapi, schema.items)];
  if (!schema.properties) return schema.default ?? schema.const ?? schema.enum?.[0] ?? schema.format ?? [schema.type].flat()[0];
  if (schema.properties.items && schema.properties.next_cursor) {
    return { items: [exampleOf(openapi, schema.properties.items.items)], next_cursor: null };
  }
  const parts = Object.entries(schema.properties);
  return Object.fromEntries(parts.map(([name, of]) => [name, exampleOf(openapi, of)]));
}

// The declared examples, else that of each shape that it may have.
export function examplesOf(openapi, media) {
  if (media.example !== undefined) return [media.example];
  if (media.examples) return Object.values(media.examples).map((each) => resolve(openapi, each).value);
  const schema = resolve(openapi, media.schema);
  return (shapes(schema) ?? [media.schema]).map((shape) => exampleOf(openapi, shape));
}

function typeOf(openapi, given) {
  const schema = resolve(openapi, given) ?? {};
  const several = shapes(schema);
  if (several) return [...new Set(several.map((each) => typeOf(openapi, each)))].join(" or ");
  if (schema.enum) return schema.enum.map((each) => `\`${each}\``).join(", ");
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.contentMediaType) return "file";
  if (schema.type === "array") return `list of ${typeOf(openapi, schema.items)}`;
  if (schema.type === "object" || schema.properties) return schema.title ?? "object";
  const type = [schema.type ?? "anything"].flat().join(" or "); // a schema may name several
  return schema.format ? `${type} (${schema.format})` : type;
}

// What is said of a field: its description, its bounds, its default.
function meaningOf(openapi, field) {
  const bounds = shapesOf(openapi, field).flatMap((schema) =>
    Object.entries(LIMITS).filter(([name]) => schema[name] !== undefined).map(([name, words]) => `${words} \`${schema[name]}\``));
  const preset = field.default ?? null;
  return [field.description, bounds.join(", "), preset === null ? "" : `\`${preset}\` if left out`].filter(Boolean).join(" · ");
}

// The fields of an object, and of the objects in it: {name, required, type, meaning, example}.
function fieldsOf(openapi, schema, example, path = "", depth = 0) {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${path}${key}`;
    const shown = example?.[key];
    const row = {
      name,
      required: schema.required?.includes(key) ?? false,
      type: typeOf(openapi, field),
      meaning: meaningOf(openapi, { ...resolve(openapi, field), ...field }),
      example: shown,
    };
    const inner = shapesOf(openapi, field).flatMap((of) => {
      const items = of?.type === "array" ? shapesOf(openapi, of.items) : [of];
      const within = of?.type === "array" ? shown?.[0] : shown;
      const below = of?.type === "array" ? `${name}[].` : `${name}.`;
      return depth < DEEPEST ? items.flatMap((each) => fieldsOf(openapi, each ?? {}, within, below, depth + 1)) : [];
    });
    return [row, ...inner];
  });
}

function isPlain(value) {
  return value !== undefined && value !== null && typeof value !== "object";
}

export function table(caption, rows) {
  if (!rows.length) return null;
  const columns = ["Name", "Type", "Meaning", ...(rows.some(({ example }) => isPlain(example)) ? ["Example"] : [])];
  const head = columns.map((text) => element("th", text, { scope: "col" }));
  const body = rows.map(({ name, required, type, meaning, example }) => box("tr", {},
    box("th", { scope: "row" }, element("code", name), required ? element("span", " required", { class: "mark" }) : ""),
    box("td", { "data-of": "Type" }, ...prose(type)),
    box("td", { "data-of": "Meaning" }, ...prose(meaning)),
    columns[3] ? box("td", { "data-of": "Example" }, isPlain(example) ? element("code", String(example)) : "") : null));
  return box("table", {}, element("caption", caption), box("thead", {}, box("tr", {}, ...head)), box("tbody", {}, ...body));
}

export function parameterTable(openapi, parameters) {
  return table("Parameters", (parameters ?? []).map((each) => ({
    name: each.name,
    required: each.required ?? false,
    type: typeOf(openapi, each.schema),
    meaning: [`in the ${each.in}`, meaningOf(openapi, { ...each.schema, ...each })].filter(Boolean).join(" · "),
    example: undefined,
  })));
}

export function headerTable(openapi, headers) {
  const found = Object.entries(headers ?? {}).map(([name, header]) => [name, resolve(openapi, header)]);
  return table("Headers", found.map(([name, header]) => ({
    name, required: false, type: typeOf(openapi, header.schema ?? {}), meaning: header.description ?? "", example: undefined,
  })));
}

// The fields of what a schema describes; one table for each shape that it may have.
export function fieldTables(openapi, given) {
  const found = shapesOf(openapi, given);
  return found.map((schema) => {
    const rows = fieldsOf(openapi, schema ?? {}, exampleOf(openapi, schema));
    const shown = table(schema?.title ?? "Fields", rows);
    if (found.length === 1 || !shown) return shown;
    return box("details", { class: "shape" }, element("summary", schema.title), ...(schema.description ? [box("p", {}, ...prose(schema.description))] : []), shown);
  }).filter((each) => each !== null);
}
