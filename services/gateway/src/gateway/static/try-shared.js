// What the parts of the page at /try share: which twister is picked, what is recorded and followed, and who is signed in.
import { state } from "/try/session.js";

Object.assign(state, { twister: null, twisters: new Map(), recording: null, following: null, job: null });

export { attempt, call, changed, on, signOut, state } from "/try/session.js";

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
