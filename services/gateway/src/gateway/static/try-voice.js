// Reads the picked twister aloud with a voice of the browser, where it has an English one on this device. A voice that is
// asked for over the network would tell somebody else what a child practises.
import { $ } from "/try/page.js";
import { state } from "/try/shared.js";

const synthesis = window.speechSynthesis;
const SPEED = 0.8; // a twister is read more slowly than a sentence

function voice() {
  const local = synthesis.getVoices().filter((each) => each.localService && each.lang.toLowerCase().startsWith("en"));
  return local.find((each) => each.default) ?? local[0];
}

function show() {
  $("listen").hidden = !voice();
}

function label(speaking) {
  $("listen").textContent = speaking ? "Stop listening" : "Listen to it";
}

function toggle() {
  if (synthesis.speaking) {
    stopVoice();
    return;
  }
  if (!state.twister) return;
  const words = new SpeechSynthesisUtterance(state.twister.text);
  Object.assign(words, { voice: voice(), lang: voice().lang, rate: SPEED });
  words.onend = words.onerror = () => label(false);
  label(true);
  synthesis.speak(words);
}

// The microphone is not to hear it.
export function stopVoice() {
  synthesis?.cancel();
  label(false);
}

export function startVoice() {
  if (!synthesis) return;
  $("listen").addEventListener("click", toggle);
  synthesis.addEventListener?.("voiceschanged", show); // browsers may load their voices late
  show();
}
