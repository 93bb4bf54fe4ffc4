// A voice and an ear of the browser that do what a test says, in the shape of the Web Speech API.
window.heard = []; // recognitions that were started
window.voiced = []; // utterances with words
window.unlocked = 0;
window.cancelled = 0;
window.SpeechRecognition = class {
  start() { heard.push(this); }
  stop() { this.onend(); }
  abort() {
    this.aborted = true;
    this.onerror({ error: "aborted" });
    this.onend();
  }
  understand(...parts) { this.onresult({ results: parts.map((transcript) => [{ transcript }]) }); }
  fail(error) {
    this.onerror({ error });
    this.onend();
  }
};
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, "speechSynthesis", { value: {
  speak(words) {
    if (!words.text) { window.unlocked += 1; return; }
    voiced.push(words);
    words.onstart?.();
  },
  cancel() { window.cancelled += 1; },
  getVoices: () => [],
  addEventListener() {},
} });
