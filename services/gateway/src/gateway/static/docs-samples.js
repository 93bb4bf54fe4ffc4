// Writes one request in curl, Python and TypeScript.
//
// A request is {method, url, token, headers: [[name, value]], json, form: [[name, value, isFile]], streams, answers}:
// `token` tells whether it carries one, `json` and `form` are its body if it has one, `answers` whether JSON comes back.

const INDENT = "    ";

const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const quoted = (text) => JSON.stringify(text);

function curl({ method, url, token, headers, json, form, streams }) {
  const lines = [`curl -sS${streams ? "N" : ""}${method === "GET" ? "" : ` -X ${method}`} ${shell(url)}`];
  if (token) lines.push('-H "Authorization: Bearer $TOKEN"');
  if (json !== undefined && !headers.some(([name]) => name === "Content-Type")) lines.push("-H 'Content-Type: application/json'");
  for (const [name, value] of headers) lines.push(`-H ${shell(`${name}: ${value}`)}`);
  if (json !== undefined) lines.push(`-d ${shell(JSON.stringify(json))}`);
  for (const [name, value, isFile] of form ?? []) lines.push(isFile ? `-F ${shell(`${name}=@${value}`)}` : `--form-string ${shell(`${name}=${value}`)}`);
  return lines.join(" \\\n  ");
}

function literal(value, indent) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const entries = Array.isArray(value)
    ? value.map((each) => literal(each, indent + INDENT))
    : Object.entries(value).map(([name, each]) => `${quoted(name)}: ${literal(each, indent + INDENT)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const line = `${open}${entries.join(", ")}${close}`;
  return line.length < 80 ? line : `${open}\n${entries.map((each) => `${indent}${INDENT}${each},\n`).join("")}${indent}${close}`;
}

function python({ method, url, token, headers, json, form, streams, answers }) {
  const named = headers.map(([name, value]) => `${quoted(name)}: ${quoted(value)}`);
  if (token) named.unshift("\"Authorization\": f\"Bearer {os.environ['TOKEN']}\"");
  const files = (form ?? []).filter(([, , isFile]) => isFile).map(([name, value]) => `${quoted(name)}: open(${quoted(value)}, "rb")`);
  const fields = (form ?? []).filter(([, , isFile]) => !isFile).map(([name, value]) => `${quoted(name)}: ${quoted(value)}`);
  const given = [
    quoted(url),
    named.length ? `headers={${named.join(", ")}}` : null,
    json === undefined ? null : `json=${literal(json, INDENT)}`,
    files.length ? `files={${files.join(", ")}}` : null,
    fields.length ? `data={${fields.join(", ")}}` : null,
    streams ? "stream=True" : null,
    "timeout=60",
  ].filter(Boolean);
  const rest = streams
    ? "for line in response.iter_lines():\n    print(line.decode())"
    : answers ? "print(response.json())" : "print(response.status_code)";
  return [
    ...(token ? ["import os", ""] : []),
    "import requests",
    "",
    `response = requests.${method.toLowerCase()}(`,
    ...given.map((each) => `${INDENT}${each},`),
    ")",
    "response.raise_for_status()",
    rest,
  ].join("\n");
}

function typescript({ method, url, token, headers, json, form, streams, answers }) {
  const named = headers.map(([name, value]) => `${quoted(name)}: ${quoted(value)}`);
  if (json !== undefined && !headers.some(([name]) => name === "Content-Type")) named.unshift('"Content-Type": "application/json"');
  if (token) named.unshift("Authorization: `Bearer ${token}`");
  const filled = (form ?? []).map(([name, value, isFile]) => isFile
    ? `form.set(${quoted(name)}, ${name}, ${quoted(value)}); // ${name}: a Blob`
    : `form.set(${quoted(name)}, ${quoted(value)});`);
  const options = [
    method === "GET" ? null : `method: ${quoted(method)}`,
    named.length ? `headers: { ${named.join(", ")} }` : null,
    json === undefined ? null : `body: JSON.stringify(${JSON.stringify(json, null, 2).replaceAll("\n", "\n  ")})`,
    form ? "body: form" : null,
  ].filter(Boolean);
  const call = options.length ? `fetch(${quoted(url)}, {\n${options.map((each) => `  ${each},\n`).join("")}})` : `fetch(${quoted(url)})`;
  const rest = streams
    ? [
        "if (!response.body) throw new Error(\"no body\");",
        "const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();",
        "for (let part = await reader.read(); !part.done; part = await reader.read()) console.log(part.value);",
      ]
    : [answers ? "console.log(await response.json());" : "console.log(response.status);"];
  return [
    ...(form ? ["const form = new FormData();", ...filled] : []),
    `const response = await ${call};`,
    "if (!response.ok) throw new Error((await response.json()).title);",
    ...rest,
  ].join("\n");
}

export const LANGUAGES = { curl, Python: python, TypeScript: typescript };
