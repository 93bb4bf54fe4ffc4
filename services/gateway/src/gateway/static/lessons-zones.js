// Reads wall clocks of time zones.

const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_MS = 86_400_000; // of dates counted in UTC, where no clock is moved

// The wall clock of a zone at a moment, as milliseconds of a clock that knows no zone.
function wallAt(moment, zone) {
  const parts = new Intl.DateTimeFormat("en-u-hc-h23", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(moment);
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute, of.second);
}

// The moment at which the wall clock shows some time: the first of two; in a gap the moment after it.
function momentOf(wall, zone) {
  const offsets = [wall - DAY_MS, wall + DAY_MS].map((near) => wallAt(near, zone) - near);
  const [before, after] = offsets;
  for (const offset of offsets) if (wallAt(wall - offset, zone) === wall) return wall - offset;
  let [low, high] = [wall - Math.max(before, after), wall - Math.min(before, after)];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (wallAt(middle, zone) < wall) low = middle;
    else high = middle;
  }
  return high;
}

// The next moment after `now` at which it is `at` (“19:00”) in a zone, on one of some days of the week.
export function nextMoment({ at, days }, zone, now) {
  const [hours, minutes] = at.split(":").map(Number);
  const today = Math.floor(wallAt(now, zone) / DAY_MS) * DAY_MS;
  for (let ahead = 0; ; ahead += 1) {
    const date = today + ahead * DAY_MS;
    if (!days.includes(WEEKDAYS[new Date(date).getUTCDay()])) continue;
    const moment = momentOf(date + (60 * hours + minutes) * 60_000, zone);
    if (moment > now) return new Date(moment);
  }
}
