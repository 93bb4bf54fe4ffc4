// Holds the line of a live conversation: OpenAI's Realtime events over this server. A line that is lost is opened again.
import { Problem } from "/try/stream.js";
import { send } from "/try/page.js";

const DELAYS = [500, 1000, 2000, 4000, 8000, 15000, 15000]; // ms: within the minute for which a session is kept
const LEAVES = {
  4001: "The provider refuses the key.",
  4002: "There is no money left for live talk: of the key's account, or of today's budget.",
  4008: "The limit of a live conversation is reached.",
  4009: "Nothing was heard for a minute, so the line was closed.",
  4011: "The provider cannot be reached.",
  1008: "The line was closed: the sign-in or the consent has ended.",
};

export class Line {
  #socket = null;
  #word = null; // resumes the present session
  #lost = null; // the word of the session that was lost
  #over = false;
  #tries = 0;
  #resuming = false;

  // `onEvent` gets the events, `onOpen` is called when a session begins that knows nothing, `onState` gets a sentence,
  // and `onOver` why it has ended, or null when we have ended it.
  constructor({ key, session, kept, onEvent, onOpen, onState, onOver }) {
    Object.assign(this, { key, session, kept, onEvent, onOpen, onState, onOver });
  }

  async open() {
    const address = new URL("/api/conversation/realtime", location.href.replace(/^http/, "ws"));
    if (this.session) {
      const { body } = await send("/auth/tickets", { method: "POST", session: this.session });
      address.searchParams.set("ticket", body.ticket);
      if (this.kept) address.searchParams.set("session_id", this.kept);
    }
    if (this.#over) return;
    const protocols = this.key ? ["realtime", `openai-insecure-api-key.${this.key}`] : ["realtime"];
    const socket = new WebSocket(address, protocols);
    let isOpen = false;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      isOpen = true;
      this.#take(JSON.parse(data));
    };
    socket.onclose = ({ code }) => { if (this.#socket === socket) this.#closed(code, isOpen); };
  }

  get isReady() {
    return this.#socket?.readyState === WebSocket.OPEN && !this.#resuming;
  }

  send(type, fields = {}) {
    if (this.isReady) this.#socket.send(JSON.stringify({ type, ...fields }));
  }

  close() {
    this.#over = true;
    this.#socket?.close(1000);
  }

  #take(event) {
    if (event.type === "voxbus.session") this.#begin(event);
    else if (event.type === "voxbus.resumed") this.#goOn();
    else if (event.error?.code === "resume_not_found") {
      this.#goOn();
      this.onOpen();
    } else this.onEvent(event);
  }

  // The first event of a new line. If one was lost, its session goes on here: then this event comes once more.
  #begin({ resume }) {
    this.#word = resume;
    if (this.#lost) this.#socket.send(JSON.stringify({ type: "voxbus.resume", word: this.#lost }));
    else if (!this.#resuming) this.onOpen();
    this.#lost = null;
  }

  #goOn() {
    [this.#resuming, this.#tries] = [false, 0];
    this.onState("");
  }

  #closed(code, wasOpen) {
    if (this.#over) this.onOver(null);
    else if (LEAVES[code]) this.#end(new Error(LEAVES[code]));
    else if (!this.#word && !wasOpen) this.#end(new Error("No line: the key may be wrong, or the provider away."));
    else if (this.#tries >= DELAYS.length) this.#end(new Error("The line was lost."));
    else {
      this.#lost ??= this.#word;
      this.#resuming = this.#lost !== null;
      this.onState("The line was lost. Trying again…");
      setTimeout(() => this.#again(), DELAYS[this.#tries]);
      this.#tries += 1;
    }
  }

  async #again() {
    if (this.#over) return;
    try {
      await this.open();
    } catch (error) {
      if (error instanceof Problem) this.#end(error);
      else this.#closed(1006, true);
    }
  }

  #end(error) {
    this.#over = true;
    this.onOver(error);
  }
}
