// The text of the editor with the numbers of its lines, and what is wrong in which of them.
import { $, box, element } from "/try/page.js";

let marked = new Map(); // by line, `problem` or `warning`

function lines() {
  return $("source").value.split("\n");
}

export function showNumbers() {
  const numbers = lines().map((_, at) => {
    const kind = marked.get(at + 1);
    return kind ? element("span", `${at + 1}\n`, { "data-kind": kind }) : `${at + 1}\n`;
  });
  $("numbers").replaceChildren(...numbers);
  $("numbers").scrollTop = $("source").scrollTop;
}

// Puts the cursor into a line and shows it.
function go(line) {
  const before = lines().slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const field = $("source");
  field.focus();
  field.setSelectionRange(before, before + (lines()[line - 1] ?? "").length);
  field.scrollTop = Math.max(0, (line - 5) * (field.scrollHeight / lines().length));
}

// `isSaved`: the findings are of the draft that is saved, and not of what is being written.
export function showProblems(problems, warnings, isSaved) {
  marked = new Map([...warnings.map((each) => [each.line, "warning"]), ...problems.map((each) => [each.line, "problem"])]);
  const found = [...problems.map((each) => item(each, "problem")), ...warnings.map((each) => item(each, "warning"))];
  $("problems").replaceChildren(...found);
  const of = isSaved ? "The saved draft" : "What stands here";
  const many = `${problems.length} problem${problems.length === 1 ? "" : "s"} and ${warnings.length} warning${warnings.length === 1 ? "" : "s"}`;
  $("problems-count").textContent = problems.length || warnings.length ? `${of} has ${many}.` : `${of} has no problems.`;
  showNumbers();
}

function item({ line, rule, message }, kind) {
  const button = element("button", `Line ${line}`, { type: "button", class: "quiet" });
  button.addEventListener("click", () => go(line));
  return box("li", { "data-kind": kind }, button, ` ${kind === "warning" ? "Warning, " : ""}${rule}: ${message}`);
}

export function startProblems() {
  $("source").addEventListener("input", showNumbers);
  $("source").addEventListener("scroll", () => { $("numbers").scrollTop = $("source").scrollTop; });
}
