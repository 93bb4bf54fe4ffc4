// Daily reminder and quiet hours, with what the server says of the next reminder. Null where this server has none.
import { box, element, randomKey } from "/try/page.js";
import { attempt, call, on, state } from "/try/session.js";
import { Problem } from "/try/stream.js";
import { nextMoment } from "/try/lessons/zones.js";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const NAMES = { mon: "Mo", tue: "Tu", wed: "We", thu: "Th", fri: "Fr", sat: "Sa", sun: "Su" };
const FULL = { mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday", fri: "Friday", sat: "Saturday", sun: "Sunday" };
const REASONS = {
  "quiet-hours": "because of your quiet hours",
  "type-off": "reminders are switched off",
  "already-done": "today is done already",
  "cap-reached": "there were enough for that day",
  "no-consent": "nobody has agreed to it yet",
  "minor": "a guardian has to agree first",
  "too-late": "the day is over by then",
  digest: "it comes with your summary",
};
const SOON_MS = 400;

export async function remindersPart(signal) {
  let settings;
  try {
    settings = await call("/notifications/settings", { tries: 2 });
  } catch (error) {
    if (error instanceof Problem && error.document.status === 404) return null;
    throw error;
  }
  const reminder = timed("Remind me every day", { at: settings.daily_reminder?.at ?? "19:00" }, settings.daily_reminder);
  const quiet = timed("Quiet hours", { start: "22:00", end: "07:00", ...settings.quiet_hours }, settings.quiet_hours);
  const next = element("p", "", { class: "next-reminder", role: "status" });
  const said = element("span", "", { role: "status", class: "hint" });
  const save = element("button", "Save", { type: "submit" });
  const form = box("form", {}, reminder.node, quiet.node, next, box("div", { class: "actions" }, save, said));
  let timer = null;

  form.addEventListener("input", () => {
    said.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(() => foresee(next, reminder.value(), quiet.value()), SOON_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const body = { ...settings, daily_reminder: reminder.value(), quiet_hours: quiet.value() };
      settings = await call("/notifications/settings", { method: "PUT", body, headers: { "Idempotency-Key": randomKey() }, tries: 3 });
      said.textContent = "Saved.";
      await foresee(next, reminder.value(), quiet.value());
    });
  });
  on("change", () => foresee(next, reminder.value(), quiet.value()), { signal }); // the time zone may have changed
  await foresee(next, reminder.value(), quiet.value());
  return box("section", { "aria-labelledby": "reminders-title" }, element("h3", "Reminders", { id: "reminders-title" }), form);
}

// What is on or off, at times, on some days of the week.
function timed(title, times, given) {
  const on = element("input", undefined, { type: "checkbox" });
  on.checked = Boolean(given);
  const fields = Object.entries(times).filter(([name]) => name !== "days").map(([name, value]) => {
    const input = element("input", undefined, { type: "time", value: value.slice(0, 5), required: "" });
    return { name, input, node: box("label", {}, `${{ at: "At", start: "From", end: "Until" }[name]} `, input) };
  });
  const days = DAYS.map((day) => {
    const input = element("input", undefined, { type: "checkbox", value: day, "aria-label": FULL[day] });
    input.checked = (given?.days ?? DAYS).includes(day);
    return { day, input, node: box("label", {}, input, element("span", NAMES[day], { "aria-hidden": "true" })) };
  });
  const more = box("div", {}, box("div", { class: "fields" }, ...fields.map((each) => each.node)), box("div", { class: "days", role: "group", "aria-label": `${title}: days` }, ...days.map((each) => each.node)));
  const show = () => {
    more.hidden = !on.checked;
    for (const { input } of fields) input.disabled = !on.checked;
  };
  on.addEventListener("change", show);
  show();
  return {
    node: box("fieldset", { class: "timed" }, element("legend", title, { class: "unseen" }), box("label", { class: "check" }, on, title), more),
    value() {
      const chosen = days.filter(({ input }) => input.checked).map(({ day }) => day);
      if (!on.checked || !chosen.length) return null;
      return { ...Object.fromEntries(fields.map(({ name, input }) => [name, input.value])), days: chosen };
    },
  };
}

// Says when the next reminder comes, by what stands in the form. The server decides; here only the wall clock is read.
async function foresee(line, reminder, quiet) {
  if (!reminder?.at || !state.session) {
    line.textContent = "Next reminder: none.";
    return;
  }
  const zone = state.session.user.time_zone;
  const at = nextMoment(reminder, zone, Date.now());
  const body = { type: "daily_reminder", at: at.toISOString(), time_zone: zone, quiet_hours: quiet };
  try {
    const { decision, deliver_at: time, reasons } = await call("/notifications/preview", { method: "POST", body });
    const why = reasons.map((each) => REASONS[each]).filter(Boolean).join(", ");
    const when = new Date(time ?? at).toLocaleString("en", { timeZone: zone, weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    line.textContent = decision === "drop" ? `Next reminder: not on that day${why && `, ${why}`}.` : `Next reminder: ${when}${why && ` (${why})`}.`;
  } catch (error) {
    line.textContent = error instanceof Problem ? error.document.detail ?? error.document.title : "Next reminder: unknown without a line.";
  }
}
