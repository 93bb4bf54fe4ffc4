// The revisions of a lesson: what differs between two, which becomes the draft again, and the solutions of the newest.
import { $, element } from "/try/page.js";
import { attempt, call } from "/try/lessons/admin-calls.js";

const KINDS = { "+": "added", "-": "removed", "@": "place" };

let entry = null;

export async function showRevisions(shown) {
  entry = shown;
  const { body } = await call(`/admin/content/${entry.content_id}/revisions`);
  for (const id of ["diff-from", "diff-to"]) $(id).replaceChildren(...body.items.map(option));
  const numbers = body.items.map((each) => each.revision);
  $("diff-from").value = String(numbers.includes(entry.published_revision) && entry.published_revision !== entry.revision ? entry.published_revision : numbers[1] ?? numbers[0]);
  $("diff-to").value = String(numbers[0]);
  $("diff").hidden = true;
  $("solutions").replaceChildren(...entry.exercises.flatMap(solutionOf));
}

function option({ revision, made_at: at, published_at: out, fixed_by: fixed }) {
  const when = new Date(at).toLocaleString("en", { dateStyle: "short", timeStyle: "short" });
  const told = `${out ? ", published" : ""}${fixed ? `, fixed by ${fixed}` : ""}`;
  return element("option", `${revision}, ${when}${told}`, { value: revision });
}

function solutionOf({ id, type, prompt, solution }) {
  return [element("dt", `${id} (${type}): ${prompt}`), element("dd", JSON.stringify(solution))];
}

async function compare() {
  const { body } = await call(`/admin/content/${entry.content_id}/diff?from=${$("diff-from").value}&to=${$("diff-to").value}`);
  const lines = body.diff.split("\n").map((line) => element("span", `${line}\n`, { "data-kind": KINDS[line[0]] ?? "same" }));
  $("diff").replaceChildren(...(body.diff ? lines : ["The two are the same."]));
  $("diff").hidden = false;
  $("diff").focus();
}

export function startRevisions(revert) {
  $("diff-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(compare);
  });
  $("revert").addEventListener("click", () => revert(Number($("diff-from").value)));
}
