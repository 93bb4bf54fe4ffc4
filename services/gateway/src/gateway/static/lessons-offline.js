// Says how many answers wait on this device, hands them in when the line is back, and keeps the page for when it is away.
import { $ } from "/try/page.js";
import { attempt, on, state } from "/try/session.js";
import { handIn, onQueue, waiting } from "/try/lessons/queue.js";

const WORKER = "/try/lessons-worker.js";
const SCOPE = "/try/lessons";
const PAGES = "voxbus-pages";
const FIRST_DELAY_MS = 2000;
const LONGEST_DELAY_MS = 60_000;

let delay = FIRST_DELAY_MS;
let timer = null;

async function showWaiting() {
  const { session } = state;
  const events = session ? await waiting(session.user.id) : [];
  const answers = events.filter((each) => each.event.type !== "opened").length;
  const told = answers === 1 ? "One answer waits on this device. It is" : `${answers} answers wait on this device. They are`;
  $("waiting").textContent = answers ? `${told} handed in when the server can be reached.` : "";
  $("waiting").hidden = !answers;
  clearTimeout(timer);
  if (!events.length) delay = FIRST_DELAY_MS;
  else timer = setTimeout(tryAgain, delay);
}

function tryAgain() {
  delay = Math.min(2 * delay, LONGEST_DELAY_MS);
  goOn();
}

// What cannot be handed in for another reason than the line is said as any trouble.
async function goOn() {
  const { session } = state;
  try {
    if (session && (await waiting(session.user.id)).length) await handIn(session);
  } catch (error) {
    await attempt(() => Promise.reject(error));
  }
  await showWaiting();
}

// What was answered without a line is told when it has been taken.
function showTaken({ person, events, answer }) {
  if (person !== state.session?.user.id || !events.some((each) => Date.now() - Date.parse(each.happened_at) > 10_000)) return;
  const answers = answer.results.filter((each) => each.attempt || each.problem);
  const right = answers.filter((each) => each.attempt?.correct).length;
  const refused = answers.filter((each) => each.problem).map((each) => each.problem.detail ?? each.problem.title);
  $("done").textContent = `${answers.length} kept ${answers.length === 1 ? "answer is" : "answers are"} handed in: ${right} right.`
    + (refused.length ? ` Not taken: ${[...new Set(refused)].join(" ")}` : "");
}

// The page and its files, so that it can be loaded while the line is away.
async function keepPage() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(WORKER, { scope: SCOPE });
  const files = performance.getEntriesByType("resource").map((each) => new URL(each.name).pathname);
  const pages = await caches.open(PAGES);
  await pages.addAll([SCOPE, ...new Set(files.filter((path) => path.startsWith("/try/")))]);
}

export function goOffline() {
  onQueue("change", showWaiting);
  onQueue("taken", showTaken);
  on("change", goOn);
  addEventListener("online", goOn);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) goOn(); });
  addEventListener("load", () => keepPage().catch(() => {}), { once: true }); // a browser that refuses has no page without a line
  goOn();
}
