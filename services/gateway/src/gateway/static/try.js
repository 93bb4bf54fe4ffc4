// The page at /try: pick a twister, sign in, speak, watch the words being marked.
import { renew } from "/try/page.js";
import { showSessions, startOwn } from "/try/account.js";
import { attempt, changed, state } from "/try/shared.js";
import { startGuardian } from "/try/guardian.js";
import { showKept, startSpeaking } from "/try/speak.js";
import { startTwisters } from "/try/twisters.js";
import { startVoice } from "/try/voice.js";
import { comeBack, offerX } from "/try/x.js";

// Stays signed in over a reload; the twisters are loaded meanwhile.
async function goOn() {
  await renew(state.session);
  changed();
  await showSessions();
}

async function start() {
  startOwn();
  startSpeaking();
  startVoice();
  startGuardian();
  changed();
  const offered = attempt(offerX);
  const arrived = await comeBack();
  const going = state.session && !arrived ? attempt(goOn) : null;
  await startTwisters();
  await going;
  await offered;
  if (state.session) await attempt(showKept);
}

start();
