// Turns a voice into words with the browser's own recognition, where it has one.
const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;

export const canHear = Boolean(Recognition);

const TROUBLE = {
  "not-allowed": "The microphone is not allowed here. Allow it in the browser's settings, or write instead.",
  "service-not-allowed": "Recognition is switched off: on an iPhone it needs Siri or dictation. Write instead.",
  "audio-capture": "No microphone was found. Write instead.",
  network: "Recognition could not be reached. Write instead.",
  "language-not-supported": "Recognition does not know this language. Write instead.",
};

// One listening at a time: `onWords` gets what was understood so far, `onEnd` all of it and what went wrong, or null.
export class Hearing {
  #recognition = null;

  get listening() {
    return this.#recognition !== null;
  }

  start({ onWords, onEnd }) {
    const recognition = new Recognition();
    let [words, trouble] = ["", null];
    Object.assign(recognition, { lang: navigator.language, interimResults: true, continuous: false, maxAlternatives: 1 });
    recognition.onresult = (event) => {
      words = Array.from(event.results, (result) => result[0].transcript).join("").trim();
      onWords(words);
    };
    recognition.onerror = (event) => {
      trouble = TROUBLE[event.error] ?? (event.error === "aborted" ? null : "Nothing was heard. Try once more, or write.");
    };
    recognition.onend = () => {
      if (this.#recognition !== recognition) return;
      this.#recognition = null;
      onEnd(words, trouble);
    };
    this.#recognition = recognition;
    try {
      recognition.start();
    } catch { // it is still ending
      this.#recognition = null;
      onEnd("", "Recognition is not ready yet. Try once more.");
    }
  }

  // What was heard until now comes with `onEnd`.
  stop() {
    this.#recognition?.stop();
  }

  abort() {
    const recognition = this.#recognition;
    this.#recognition = null;
    recognition?.abort();
  }
}
