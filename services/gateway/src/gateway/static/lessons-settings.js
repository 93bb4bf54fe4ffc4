// Settings of a learner: time zone and when the day starts, the goal of a day, leagues; reminders and channels beside them.
import { box, element, keepSession, randomKey } from "/try/page.js";
import { attempt, call, changed, state } from "/try/session.js";
import { channelsPart } from "/try/lessons/channels.js";
import { remindersPart } from "/try/lessons/reminders.js";

const STARTS = ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00", "06:00"];

export async function showSettings(view, { signal }) {
  const [progress, earned] = await Promise.all([call("/progress", { tries: 2 }), call("/gamification", { tries: 2 })]);
  view.append(element("h2", "Settings", { tabindex: "-1" }), dayPart(progress), goalPart(earned));
  for (const made of await Promise.all([remindersPart(signal), channelsPart()])) if (made) view.append(made);
}

function field(text, control) {
  return box("label", {}, `${text} `, control);
}

function part(id, title, form, said) {
  form.append(box("div", { class: "actions" }, element("button", "Save", { type: "submit" }), said));
  return box("section", { "aria-labelledby": id }, element("h3", title, { id }), form);
}

// A form whose `save` says what has been done; what goes wrong is said at the top of the page.
function formOf(save) {
  const said = element("span", "", { role: "status", class: "hint" });
  const form = element("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    said.textContent = "";
    attempt(async () => { said.textContent = await save(); });
  });
  return { form, said };
}

function write(method, path, body) {
  return call(path, { method, body, headers: { "Idempotency-Key": randomKey() }, tries: 3 });
}

function dayPart(progress) {
  const zone = element("input", undefined, { type: "text", list: "zones", value: state.session.user.time_zone ?? progress.time_zone, required: "", maxlength: "64", autocomplete: "off", spellcheck: "false" });
  const names = Intl.supportedValuesOf?.("timeZone") ?? [];
  const list = box("datalist", { id: "zones" }, ...["UTC", ...names].map((each) => element("option", undefined, { value: each })));
  const start = element("select");
  for (const each of new Set([...STARTS, progress.day_start])) start.append(element("option", each, { value: each }));
  start.value = progress.day_start;
  const { form, said } = formOf(async () => {
    if (zone.value !== state.session.user.time_zone) {
      state.session.user = await write("PATCH", "/me", { time_zone: zone.value });
      keepSession(state.session);
      changed();
    }
    if (start.value !== progress.day_start) progress.day_start = (await write("PUT", "/gamification/settings", { day_start: start.value })).day_start;
    return "Saved. What you did before keeps its day.";
  });
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const take = element("button", `Take that of this device: ${own}`, { type: "button", class: "quiet" });
  take.addEventListener("click", () => { zone.value = own; });
  take.hidden = zone.value === own;
  form.append(box("div", { class: "fields" }, field("Time zone", zone), field("My day starts at", start)), list, box("p", {}, take));
  form.append(element("p", "A streak counts days of this zone, from one start to the next. Both may change four times a week.", { class: "hint" }));
  return part("day-title", "Your day", form, said);
}

function goalPart({ xp, leaderboard }) {
  const goal = element("input", undefined, { type: "number", min: "10", max: "500", step: "5", value: xp.daily_goal, required: "" });
  const takesPart = element("input", undefined, { type: "checkbox" });
  takesPart.checked = leaderboard.reason !== "opted_out";
  const name = element("select");
  for (const [value, text] of [["", "as it is"], ["pseudonym", "a made-up name"], ["username", "my name here"]]) name.append(element("option", text, { value }));
  const { form, said } = formOf(async () => {
    const body = { daily_goal: Number(goal.value), leaderboard: takesPart.checked };
    if (name.value) body.name = name.value;
    const saved = await write("PUT", "/gamification/settings", body);
    return `Saved: ${saved.daily_goal} XP a day${saved.leaderboard ? `, in leagues under ${saved.name === "username" ? "your name" : "a made-up name"}` : ", in no league"}.`;
  });
  form.append(box("div", { class: "fields" }, field("XP a day that I aim at", goal), field("Name in leagues", name)));
  form.append(box("label", { class: "check" }, takesPart, "Take part in leagues of the week"));
  return part("goal-title", "Goal and leagues", form, said);
}
