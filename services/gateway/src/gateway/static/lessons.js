// The page at /try/lessons: topics and lessons, what is due for review, what one has reached, and settings.
import { $, box, element } from "/try/page.js";
import { attempt, call, on, startAccount, state } from "/try/session.js";
import { goOffline } from "/try/lessons/offline.js";
import { showLesson } from "/try/lessons/lesson.js";
import { showPath } from "/try/lessons/path.js";
import { showProgress } from "/try/lessons/progress.js";
import { forget } from "/try/lessons/queue.js";
import { showReviews } from "/try/lessons/reviews.js";
import { showSettings } from "/try/lessons/settings.js";

const VIEWS = { "": showPath, lesson: showLesson, reviews: showReviews, progress: showProgress, settings: showSettings };
const FOR_ALL = new Set(["", "lesson"]);

let current = null; // aborted when another view is shown

// Shows the view that the address names. Its heading has the focus then, unless the page has just been loaded.
async function show(event) {
  current?.abort();
  const mine = new AbortController();
  current = mine;
  const [name, id] = location.hash.replace(/^#\/?/, "").split("/");
  const asked = name in VIEWS && (state.session || FOR_ALL.has(name)) ? name : "";
  mark(asked);
  $("view").setAttribute("aria-busy", "true");
  const view = element("div");
  await attempt(() => VIEWS[asked](view, { id, signal: mine.signal }));
  if (current !== mine) return;
  if (!view.hasChildNodes()) view.append(failed());
  $("view").replaceChildren(view);
  $("view").removeAttribute("aria-busy");
  if (event) {
    scrollTo(0, 0);
    view.querySelector("h2")?.focus();
  }
}

function failed() {
  const again = element("button", "Try again", { type: "button" });
  again.addEventListener("click", () => show(true));
  return box("p", {}, again);
}

function mark(name) {
  for (const link of $("views").querySelectorAll("a")) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function showDue() {
  const { reviews_due: due } = await call("/progress");
  $("reviews-due").textContent = due ? `(${due})` : "";
}

function start() {
  startAccount();
  on("change", () => { $("views").hidden = !state.session; });
  on("signed-in", () => {
    $("done").textContent = "";
    show(true);
  });
  on("signed-out", () => {
    forget();
    $("reviews-due").textContent = "";
    show();
    setTimeout(() => $("account-title").focus());
  });
  $("views").hidden = !state.session;
  addEventListener("hashchange", show);
  addEventListener("voxbus-due", () => showDue().catch(() => {}));
  goOffline();
  show();
}

start();
