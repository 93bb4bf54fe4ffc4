// One recording from the microphone, at most 20 seconds.

const LONGEST = 20; // seconds
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

export function canRecord() {
  return Boolean(navigator.mediaDevices && window.MediaRecorder);
}

// Returns { finished, stop }: `finished` gives the recording as a Blob, or null when it was dropped.
export async function record(onElapsed) {
  const stream = await open();
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
  const chunks = [];
  let dropped = false;
  const began = performance.now();
  const ticking = setInterval(() => {
    const seconds = (performance.now() - began) / 1000;
    onElapsed(Math.min(seconds, LONGEST));
    if (seconds >= LONGEST) stop();
  }, 100);

  function stop(drop = false) {
    dropped ||= drop;
    if (recorder.state !== "inactive") recorder.stop();
  }

  const finished = new Promise((resolve) => {
    recorder.addEventListener("dataavailable", ({ data }) => chunks.push(data));
    recorder.addEventListener("stop", () => {
      clearInterval(ticking);
      for (const track of stream.getTracks()) track.stop();
      resolve(dropped ? null : new Blob(chunks, { type: recorder.mimeType }));
    });
  });
  onElapsed(0);
  recorder.start();
  return { finished, stop };
}

async function open() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  } catch (error) {
    const refused = error.name === "NotAllowedError";
    throw new Error(
      refused
        ? "The microphone is switched off for this page, and that is fine. Switch it on in the browser’s settings, or send a recording."
        : "There is no microphone here, and that is fine. Plug one in, or send a recording.",
    );
  }
}
