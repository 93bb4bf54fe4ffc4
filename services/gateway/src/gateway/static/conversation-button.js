// The button to talk: a tap begins and ends, a longer press listens as long as it lasts. Live a tap begins and ends.
import { unlock } from "/try/conversation/aloud.js";

const HOLD = 400; // ms: a longer press is a hold, and what was said goes out when it ends

export function talkButton(button, { isListening, isLive, listen, stop, toggleLive }) {
  let pressed = null;
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    unlock();
    if (isLive()) return; // its click begins and ends it
    const begins = !isListening();
    if (begins) listen();
    else stop();
    pressed = begins ? event.timeStamp : null;
    button.setPointerCapture?.(event.pointerId);
  });
  button.addEventListener("pointerup", (event) => {
    if (pressed !== null && event.timeStamp - pressed >= HOLD) stop();
    pressed = null;
  });
  button.addEventListener("pointercancel", () => { pressed = null; });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("click", (event) => {
    if (isLive()) {
      toggleLive();
      return;
    }
    if (event.detail !== 0) return; // the rest is of a keyboard or a screen reader: no pointer was down
    unlock();
    if (isListening()) stop();
    else listen();
  });
}
