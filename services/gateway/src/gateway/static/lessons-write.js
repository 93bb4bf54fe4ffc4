// Exercises that are answered by writing: blanks in a text, a few words, a number.
import { box, element } from "/try/page.js";
import { prose } from "/try/lessons/content.js";

const BLANK = /(\{\d+\})/;
const SHORT = 200; // characters of an answer that one line holds
const NUMBER = /^-?\d+(\.\d+)?$/;
const FIELD = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" };

function marked(field, right) {
  field.dataset.right = String(right);
  field.setAttribute("aria-invalid", String(!right));
}

export function fillBlank(exercise) {
  const parts = exercise.text.split(BLANK);
  const many = parts.filter((each) => BLANK.test(each)).length;
  const blanks = new Map();
  const text = box("p", { class: "blanks" });
  for (const part of parts) {
    if (!BLANK.test(part)) {
      text.append(...prose(part));
      continue;
    }
    const number = Number(part.slice(1, -1));
    const field = element("input", undefined, { ...FIELD, type: "text", maxlength: "200", "aria-label": `Blank ${number} of ${many}` });
    blanks.set(number, field);
    text.append(field);
  }
  const fields = () => [...blanks].sort(([a], [b]) => a - b).map(([, field]) => field);
  return {
    node: text,
    missing: "Fill every blank.",
    answer() {
      const words = fields().map((each) => each.value.trim());
      return words.every(Boolean) ? { blanks: words } : null;
    },
    mark: (found) => found.forEach(({ id, correct }) => marked(blanks.get(Number(id)), correct)),
    tell: (answer) => answer.blanks.map((word, at) => (many > 1 ? `Blank ${at + 1}: ${word}` : word)),
  };
}

export function freeText(exercise) {
  const long = exercise.max_length > SHORT;
  const field = element(long ? "textarea" : "input", undefined, { ...FIELD, maxlength: exercise.max_length });
  if (long) field.rows = 3;
  else field.type = "text";
  return {
    node: box("label", { class: "written" }, "Your answer ", field),
    missing: "Write an answer.",
    answer: () => (field.value.trim() ? { text: field.value.trim() } : null),
    mark() {},
    tell: (answer) => [answer.text],
  };
}

// What is not a plain number goes as it was typed: the server reads decimal commas, thousands and units.
export function numeric(exercise) {
  const field = element("input", undefined, { ...FIELD, type: "text", inputmode: "decimal", maxlength: "60" });
  const unit = exercise.unit ? ` ${exercise.unit}` : "";
  return {
    node: box("label", { class: "written" }, unit ? `Your answer, in${unit} ` : "Your answer, a number ", field),
    missing: "Write a number.",
    answer() {
      const typed = field.value.trim();
      if (!typed) return null;
      return { value: NUMBER.test(typed) ? Number(typed) : typed };
    },
    mark() {},
    tell: (answer) => [`${answer.value}${unit}`],
  };
}
