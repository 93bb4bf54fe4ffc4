// Speaks an answer sentence by sentence while it comes, and knows how much of it was spoken.
const synthesis = window.speechSynthesis;
const SENTENCE = /[.!?…]+["”’)]*\s+|[。！？]/g;
const SILENT = 4000; // ms: an iPhone that was not tapped says nothing, and tells nobody

export const canSpeak = Boolean(synthesis && window.SpeechSynthesisUtterance);

let unlocked = false;

// An iPhone speaks later only if it has spoken within a tap.
export function unlock() {
  if (!canSpeak || unlocked) return;
  unlocked = true;
  synthesis.speak(new SpeechSynthesisUtterance(""));
}

export class Aloud {
  #text = "";
  #given = 0; // characters that were handed to the voice
  #spoken = 0; // characters that the voice has said
  #waiting = new Set(); // utterances, held because browsers forget those that nobody holds
  #whole = false;
  #stopped = false;
  #timer = null;

  // `muted`: the text is read, so whatever is shown counts as spoken. `onDone` is called once nothing is left to say.
  constructor({ muted, onDone, onSilent }) {
    this.muted = muted || !canSpeak;
    this.onDone = onDone;
    this.onSilent = onSilent;
  }

  get spoken() {
    return this.muted ? this.#text.length : this.#spoken;
  }

  get text() {
    return this.#text;
  }

  add(text) {
    this.#text += text;
    if (this.#stopped || this.muted) return;
    SENTENCE.lastIndex = this.#given;
    for (let end = SENTENCE.exec(this.#text); end; end = SENTENCE.exec(this.#text)) this.#say(SENTENCE.lastIndex);
  }

  finish() {
    this.#whole = true;
    if (!this.#stopped && !this.muted && this.#given < this.#text.length) this.#say(this.#text.length);
    this.#tell();
  }

  // The rest is read instead.
  mute() {
    if (this.muted || this.#stopped) return;
    this.muted = true;
    clearTimeout(this.#timer);
    synthesis.cancel();
    this.#waiting.clear();
    this.#tell();
  }

  // What was not spoken yet never will be.
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (!this.muted && this.#waiting.size) synthesis.cancel();
    this.#waiting.clear();
  }

  #say(end) {
    const start = this.#given;
    this.#given = end;
    const words = new SpeechSynthesisUtterance(this.#text.slice(start, end));
    const over = () => {
      if (this.#stopped || !this.#waiting.delete(words)) return;
      this.#spoken = Math.max(this.#spoken, end);
      this.#tell();
    };
    words.onstart = () => clearTimeout(this.#timer);
    words.onboundary = (event) => { // the word that begins here is not said yet
      if (!this.#stopped) this.#spoken = Math.max(this.#spoken, start + event.charIndex);
    };
    words.onend = over;
    words.onerror = over; // whoever cannot hear it reads it
    this.#waiting.add(words);
    if (this.#waiting.size === 1) {
      this.#timer = setTimeout(() => {
        this.mute();
        this.onSilent();
      }, SILENT);
    }
    synthesis.speak(words);
  }

  #tell() {
    if (this.#whole && !this.#stopped && !this.#waiting.size) this.onDone();
  }
}
