// What the parts of the page at /try share: who is signed in, which twister is picked, and what goes wrong.
import { $, keepSession, send, showTrouble } from "/try/page.js";
import { Problem } from "/try/stream.js";

export const state = { session: null, twister: null, twisters: new Map(), recording: null, following: null, job: null };

// Tells `change` after the state has changed, and `signed-out` when the session has ended.
const told = new EventTarget();

export function on(name, listener) {
  told.addEventListener(name, listener);
}

export function changed() {
  told.dispatchEvent(new Event("change"));
}

export async function call(path, options) {
  return (await send(path, { ...options, session: state.session })).body;
}

// Runs something that a person asked for; what goes wrong is said at the top of the page.
export async function attempt(work) {
  showTrouble($("trouble"), null);
  try {
    return await work();
  } catch (error) {
    showTrouble($("trouble"), error);
    if (error instanceof Problem && error.document.status === 401 && state.session) signOut();
    return undefined;
  }
}

export function signOut() {
  state.session = null;
  keepSession(null);
  told.dispatchEvent(new Event("signed-out"));
  changed();
}

// --- the last attempt of this tab: a reload shows it again

export function keepAttempt(id, twisterId) {
  sessionStorage.setItem("attempt", JSON.stringify({ id, twisterId }));
}

export function keptAttempt() {
  return JSON.parse(sessionStorage.getItem("attempt") ?? "null");
}

export function forgetAttempt() {
  sessionStorage.removeItem("attempt");
}
