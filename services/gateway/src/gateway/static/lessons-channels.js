// Where notifications go: this page always, this browser when its person permits it, an e-mail address. Null where this server
// has no channels.
import { box, element, randomKey } from "/try/page.js";
import { attempt, call, PUSH_CHANNEL } from "/try/session.js";
import { Problem } from "/try/stream.js";

const PATH = "/notifications/channels";
const WORKER = "/try/lessons-worker.js";
const SCOPE = "/try/lessons";
const LONGEST_MS = 30_000; // that a browser may ask its push service
const KINDS = { in_app: "This page", email: "E-mail", web_push: "A browser", expo: "The app", apprise: "Another service", webhook: "A web address" };
const STATES = { unconfirmed: "waits for its code", active: "active", gone: "gone: it takes no more", failing: "failing" };

export async function channelsPart() {
  let items;
  try {
    items = (await call(PATH, { tries: 2 })).items;
  } catch (error) {
    if (error instanceof Problem && error.document.status === 404) return null;
    throw error;
  }
  const list = element("ul", undefined, { class: "sessions" });
  const said = element("p", "", { role: "status" });
  const show = (found) => list.replaceChildren(...found.map((each) => channelItem(each, act)));

  // Runs something and shows the channels as they are then.
  function act(work) {
    return attempt(async () => {
      said.textContent = "One moment …";
      try {
        said.textContent = await work();
      } finally {
        if (said.textContent === "One moment …") said.textContent = "";
      }
      show((await call(PATH)).items);
    });
  }

  show(items);
  const add = box("div", { class: "actions" }, await pushButton(act), mailForm(act));
  const section = box("section", { "aria-labelledby": "channels-title" }, element("h3", "Where they go", { id: "channels-title" }));
  section.append(element("p", "The list of lessons always shows them. Whatever you add here you agree to be told by.", { class: "hint" }), list, said, add);
  return section;
}

function write(method, path, body) {
  return call(path, { method, body, headers: { "Idempotency-Key": randomKey() }, tries: 3 });
}

function channelItem({ id, kind, label, state }, act) {
  const name = `${KINDS[kind] ?? kind}${label ? ` (${label})` : ""}`;
  const words = box("div", {}, element("strong", name), element("p", STATES[state] ?? state, { class: "hint" }));
  const actions = element("div", undefined, { class: "actions" });
  if (state === "unconfirmed") actions.append(codeForm(id, name, act));
  else if (kind !== "in_app") actions.append(button("Test", `Send a test to ${name}`, () => act(async () => {
    await write("POST", `${PATH}/${id}/test`);
    return `A test is on its way to ${name}.`;
  })));
  if (kind !== "in_app" && id) actions.append(button("Remove", `Remove ${name}`, () => act(async () => {
    await write("DELETE", `${PATH}/${id}`);
    return `${name} is removed.`;
  })));
  return box("li", { "data-kind": kind, "data-state": state }, words, actions);
}

function button(text, label, work) {
  const made = element("button", text, { type: "button", class: "quiet", "aria-label": label });
  made.addEventListener("click", work);
  return made;
}

function codeForm(id, name, act) {
  const code = element("input", undefined, { type: "text", required: "", maxlength: "40", autocomplete: "one-time-code", "aria-label": `Code that was mailed to ${name}`, placeholder: "Code" });
  const form = box("form", { class: "actions" }, code, element("button", "Confirm", { type: "submit" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(async () => {
      await write("POST", `${PATH}/${id}/confirm`, { code: code.value.trim() });
      return `${name} is confirmed.`;
    });
  });
  return form;
}

function mailForm(act) {
  const address = element("input", undefined, { type: "email", required: "", maxlength: "254", autocomplete: "email" });
  const form = box("form", { class: "actions" }, box("label", {}, "Another e-mail address ", address), element("button", "Add", { type: "submit", class: "quiet" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(async () => {
      await write("POST", PATH, { kind: "email", address: address.value });
      form.reset();
      return "A code is on its way to that address.";
    });
  });
  return form;
}

// --- this browser

function canPush() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

// Null where this server pushes nothing.
async function pushButton(act) {
  let key;
  try {
    ({ key } = await call("/notifications/web-push-key"));
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
  if (!canPush()) return element("p", "This browser cannot be told when the page is closed.", { class: "hint" });
  const made = element("button", "Tell me in this browser", { type: "button", class: "quiet", id: "push" });
  made.addEventListener("click", () => act(() => subscribe(key)));
  return made;
}

async function subscribe(key) {
  if ((await Notification.requestPermission()) !== "granted") {
    return "This browser does not permit it. You can change that beside the address of the page.";
  }
  await navigator.serviceWorker.register(WORKER, { scope: SCOPE });
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  let subscription;
  try {
    subscription = await Promise.race([pushManager.subscribe(options), tooLong()]);
  } catch (error) {
    // one of before, with another key of the server, stands in the way; or the browser's own service is away
    if (error.name !== "InvalidStateError") return `The browser's push service does not answer: ${error.message}`;
    await (await pushManager.getSubscription())?.unsubscribe();
    subscription = await pushManager.subscribe(options);
  }
  const { endpoint, expirationTime, keys } = subscription.toJSON();
  const { id } = await write("POST", PATH, { kind: "web_push", subscription: { endpoint, expirationTime, keys } });
  localStorage.setItem(PUSH_CHANNEL, id); // signing out here lets go of it
  return "This browser tells you from now on. Send a test to see how.";
}

function tooLong() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("it took too long.")), LONGEST_MS));
}

function bytes(key) {
  const plain = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
