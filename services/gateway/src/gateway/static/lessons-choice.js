// Exercises that are answered by choosing: one option, several, true or false, and how well one knew a flash card.
import { box, element } from "/try/page.js";
import { prose } from "/try/lessons/content.js";

const VERDICTS = [{ id: "true", text: "True" }, { id: "false", text: "False" }];
const RATINGS = [
  { id: "again", text: "I did not know it" },
  { id: "hard", text: "I knew it with an effort" },
  { id: "good", text: "I knew it" },
  { id: "easy", text: "I knew it at once" },
];

// Each kind of exercise is {node, answer(), mark(parts), tell(answer)}: `answer` is null as long as something is missing and
// says then what (`missing`); `mark` shows which parts are right; `tell` puts an answer into words, for the solution.
function choice(type, options, group, { read, chosen, missing }) {
  const list = box("div", { class: "options" });
  for (const option of options) {
    const input = element("input", undefined, { type, name: group, value: option.id });
    list.append(box("label", {}, input, box("span", {}, ...prose(option.text))));
  }
  return {
    node: list,
    missing,
    answer() {
      const ids = [...list.querySelectorAll(":checked")].map((each) => each.value);
      return ids.length ? read(ids) : null;
    },
    mark() {},
    tell: (answer) => options.filter((each) => chosen(answer).includes(each.id)).map((each) => each.text),
  };
}

export function multipleChoice(exercise, group) {
  const read = ([id]) => ({ choice: id });
  return choice("radio", exercise.options, group, { read, chosen: (answer) => [answer.choice], missing: "Choose an option." });
}

export function multipleSelect(exercise, group) {
  const how = { read: (ids) => ({ choices: ids }), chosen: (answer) => answer.choices, missing: "Choose at least one option." };
  const kind = choice("checkbox", exercise.options, group, how);
  kind.about = exercise.choose ? `Choose ${exercise.choose}.` : "Choose all that are right.";
  return kind;
}

export function trueFalse(_, group) {
  const read = ([id]) => ({ value: id === "true" });
  return choice("radio", VERDICTS, group, { read, chosen: (answer) => [String(answer.value)], missing: "Choose true or false." });
}

// Nobody is told whether it is right: the learner says so, and then sees the back.
export function flashCard(exercise, group) {
  const read = ([id]) => ({ rating: id });
  const kind = choice("radio", RATINGS, group, { read, chosen: () => [], missing: "Say how well you knew it." });
  const front = box("p", { class: "card" }, ...prose(exercise.front));
  kind.about = "Say the answer to yourself and then how well you knew it. The back of the card is shown then.";
  kind.node = box("div", {}, front, kind.node);
  kind.send = "Show the back";
  kind.rated = true;
  return kind;
}
