// What one has reached: experience points, the streak with its calendar, badges, the league of the week.
import { box, element } from "/try/page.js";
import { call, state } from "/try/session.js";
import { Problem } from "/try/stream.js";
import { through } from "/try/lessons/queue.js";

const WEEKS = 6; // of the calendar
const DAY_MS = 86_400_000; // of dates counted in UTC, where no clock is moved
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const STATES = {
  done: ["✓", "done"],
  frozen: ["❄", "saved by a freeze"],
  excused: ["–", "excused: too little of the day was yours"],
  missed: ["✗", "missed"],
  open: ["○", "still open"],
};
const LEAGUE_OFF = {
  minor: "Leagues are for people of 18 and older.",
  age_unknown: "Leagues are for people whose birthday we know.",
  opted_out: "You take part in no league. You can change that in the settings.",
};

const ON_THE_WAY = { days: "days in a row", xp: "XP", reviews: "reviews" }; // by how the names of badges begin
const NOT_DRAWN = "You are in no league this week. Leagues are drawn on Monday, of who has learned the week before.";

export async function showProgress(view) {
  const { earned, streak, league } = await through(state.session.user.id, "progress", read);
  view.append(element("h2", "Your progress", { tabindex: "-1" }));
  view.append(xpPart(earned.xp), streakPart(earned.streak, streak.days), badgesPart(earned), leaguePart(earned.leaderboard, league));
}

async function read() {
  const [earned, streak, league] = await Promise.all([
    call("/gamification", { tries: 2 }),
    call(`/gamification/streak?from=${dateText(Date.now() - (WEEKS + 1) * 7 * DAY_MS)}`, { tries: 2 }),
    readLeague(),
  ]);
  return { earned, streak, league };
}

// Null: there is none, or not for this person; `/gamification` says why.
async function readLeague() {
  try {
    return await call("/gamification/leaderboard");
  } catch (error) {
    if (error instanceof Problem && [403, 404].includes(error.document.status)) return null;
    throw error;
  }
}

function part(id, title, ...children) {
  return box("section", { "aria-labelledby": id }, element("h3", title, { id }), ...children);
}

function xpPart({ total, today, daily_goal: goal }) {
  const reached = today >= goal ? " You have reached your goal." : "";
  const bar = element("progress", undefined, { max: goal, value: Math.min(today, goal), "aria-label": "XP of today" });
  return part("xp-title", "Experience points", element("p", `${total} XP in all. Today ${today} of ${goal} XP.${reached}`), bar);
}

// --- the streak

function streakPart(streak, days) {
  const run = streak.current === 1 ? "1 day" : `${streak.current} days`;
  const ends = new Date(streak.day_ends_at).toLocaleString("en", { weekday: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const today = streak.today === "done" ? "Today is done." : `Today is open until ${ends}.`;
  const risk = streak.at_risk ? " One answer keeps the streak." : "";
  const freezes = streak.freezes === 1 ? "One freeze saves a missed day." : `${streak.freezes} freezes save as many missed days.`;
  const now = streak.current ? `${run} in a row` : "No streak now";
  const words = streak.longest ? `${now}, the longest had ${streak.longest}. ${today}${risk}` : `No streak yet. ${today}`;
  const shown = [element("p", words, { class: "score" }), element("p", freezes, { class: "hint" })];
  if (days.length) shown.push(calendar(days), legend());
  return part("streak-title", "Streak", ...shown);
}

function dateText(moment) {
  return new Date(moment).toISOString().slice(0, 10);
}

function calendar(days) {
  const known = new Map(days.map((each) => [each.date, each]));
  const today = Date.parse(days.at(-1).date);
  const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * DAY_MS;
  const head = box("tr", {}, ...DAYS.map((each) => box("th", { scope: "col" }, element("abbr", each.slice(0, 2), { title: each }))));
  const rows = [];
  for (let week = WEEKS - 1; week >= 0; week -= 1) {
    const row = element("tr");
    for (let day = 0; day < 7; day += 1) row.append(dayCell(dateText(monday + (day - 7 * week) * DAY_MS), known, today));
    rows.push(row);
  }
  const caption = element("caption", "The last six weeks", { class: "hint" });
  return box("table", { class: "calendar" }, caption, box("thead", {}, head), box("tbody", {}, ...rows));
}

function dayCell(date, known, today) {
  const cell = element("td");
  const name = new Date(date).toLocaleDateString("en", { timeZone: "UTC", day: "numeric", month: "long" });
  cell.append(element("span", String(Number(date.slice(8))), { "aria-hidden": "true" }));
  const day = known.get(date);
  const [mark, words] = day ? STATES[day.state] : ["", Date.parse(date) > today ? "to come" : "before the streak began"];
  if (day) cell.dataset.state = day.state;
  cell.append(element("span", mark, { class: "mark", "aria-hidden": "true" }), element("span", `${name}: ${words}`, { class: "unseen" }));
  return cell;
}

function legend() {
  return box("ul", { class: "legend", "aria-label": "Marks" }, ...Object.values(STATES).map(([mark, words]) => element("li", `${mark} ${words}`)));
}

// --- badges and league

function badgesPart({ badges, achievements }) {
  const list = badges.map((each) => {
    const at = new Date(each.awarded_at).toLocaleDateString("en", { dateStyle: "medium" });
    return box("li", {}, element("strong", `★ ${each.title}`), element("span", ` ${at}`, { class: "hint" }));
  });
  const next = achievements.filter((each) => each.progress > 0).map((each) => {
    const name = ON_THE_WAY[each.badge.split("-")[0]] ?? each.badge;
    return box("li", {}, element("span", `${each.progress} of ${each.target} ${name} `), element("progress", undefined, { max: each.target, value: each.progress, "aria-label": `${each.target} ${name}` }));
  });
  const shown = [list.length ? box("ul", { class: "badges" }, ...list) : element("p", "None yet. The first lesson brings the first.")];
  if (next.length) shown.push(element("h4", "On the way"), box("ul", { class: "plain" }, ...next));
  return part("badges-title", "Badges", ...shown);
}

function leaguePart(own, league) {
  if (!league) return part("league-title", "League", element("p", LEAGUE_OFF[own.reason] ?? "There is no league this week.", { class: "hint" }));
  if (league.league === null) return part("league-title", "League", element("p", NOT_DRAWN, { class: "hint" }));
  const head = box("tr", {}, ...["Place", "Name", "XP"].map((each) => element("th", each, { scope: "col" })));
  const rows = league.items.map((each) => {
    const row = box("tr", each.me ? { "aria-current": "true" } : {}, element("td", String(each.rank)));
    row.append(element("th", each.me ? `${each.name} (you)` : each.name, { scope: "row" }), element("td", String(each.xp)));
    return row;
  });
  const ends = new Date(league.ends_at).toLocaleString("en", { weekday: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const caption = element("caption", `League ${league.league}, ${league.week}, until ${ends}`, { class: "hint" });
  return part("league-title", "League", box("table", { class: "league" }, caption, box("thead", {}, head), box("tbody", {}, ...rows)));
}
