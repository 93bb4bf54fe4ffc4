// What the pages share: the session of this tab, calls to the gateway, and what went wrong in words.
import { Problem } from "/try/stream.js";

const LATER = new Set([503, 504]); // it may work in a moment, and with a key nothing is done twice

export const $ = (id) => document.getElementById(id);

export function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// An element with children: texts and nodes, and null for none.
export function box(tag, attributes, ...children) {
  const made = element(tag, undefined, attributes);
  made.append(...children.filter((each) => each !== null));
  return made;
}

export function stars(difficulty) {
  const shown = "★".repeat(difficulty) + "☆".repeat(5 - difficulty);
  return element("span", shown, { role: "img", "aria-label": `difficulty ${difficulty} of 5` });
}

// --- the session: of this tab alone, never in an address

export function keptSession() {
  const kept = sessionStorage.getItem("session");
  return kept ? JSON.parse(kept) : null;
}

export function keepSession(session) {
  if (session) sessionStorage.setItem("session", JSON.stringify(session));
  else sessionStorage.removeItem("session");
}

let renewing = null;

// Renews a session in place. Who asks meanwhile waits for the same renewal, and a lost answer is asked for again: the
// server gives the same tokens. Throws a Problem when the session has ended.
export function renew(session) {
  renewing ??= renewed(session).finally(() => { renewing = null; });
  return renewing;
}

async function renewed(session) {
  const body = { refresh_token: session.refresh_token };
  const answer = await send("/auth/refresh", { method: "POST", body, tries: 4 });
  Object.assign(session, answer.body);
  if (keptSession()) keepSession(session); // unless the person has signed out meanwhile
}

// --- talking to the gateway

export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Answers with a response, whatever its status. Renews a session whose access token has run out, once.
export async function open(path, { method = "GET", body, headers = {}, session = null, signal } = {}) {
  const all = { ...headers };
  if (body && !(body instanceof FormData)) all["Content-Type"] = "application/json";
  const payload = body && !(body instanceof FormData) ? JSON.stringify(body) : body;
  for (let renewable = session !== null; ; renewable = false) {
    if (session) all.Authorization = `Bearer ${session.access_token}`;
    const response = await fetch(path, { method, headers: all, body: payload, cache: "no-store", signal });
    if (response.status !== 401 || !renewable) return response;
    await renew(session);
  }
}

// Answers {body, etag}; throws a Problem, which has the ETag of the current version where there is one.
export async function send(path, { tries = 1, ...options } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    let response = null;
    try {
      response = await open(path, options);
    } catch (error) {
      if (attempt >= tries || error instanceof Problem) throw error;
    }
    const etag = response?.headers.get("ETag") ?? null;
    if (response?.ok) {
      const text = await response.text();
      return { body: text ? JSON.parse(text) : null, etag };
    }
    if (response && (!LATER.has(response.status) || attempt >= tries)) {
      throw Object.assign(await Problem.of(response), { etag });
    }
    await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
  }
}

// Says in a box what went wrong; null: nothing.
export function showTrouble(box, error) {
  box.replaceChildren();
  box.hidden = error === null;
  if (error === null) return;
  const told = error instanceof Problem ? error.document : { title: error.message };
  const offline = error instanceof TypeError;
  box.append(element("strong", offline ? "The server cannot be reached." : told.title));
  if (told.detail) box.append(" ", told.detail);
  for (const each of told.errors ?? []) box.append(element("div", `${each.field} ${each.message}`));
  box.scrollIntoView({ block: "nearest" });
}
