// Hears with the microphone and plays answers, as 16-bit sound of 24 000 samples a second.
const RATE = 24000;

export const canLive = Boolean(window.AudioWorkletNode && navigator.mediaDevices?.getUserMedia);

export class Sound {
  #context = null;
  #stream = null;
  #mouth = null;

  // `onHeard` gets pieces in base64, `onPlayed` the id of an answer, its milliseconds that were played, and whether
  // nothing is left to play. Call it within a tap: an iPhone plays nothing otherwise.
  constructor({ onHeard, onPlayed }) {
    this.onHeard = onHeard;
    this.onPlayed = onPlayed;
    this.isDeaf = false;
    this.#context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    this.#context.resume();
  }

  async open() {
    const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    [this.#stream] = await Promise.all([
      navigator.mediaDevices.getUserMedia({ audio }),
      this.#context.audioWorklet.addModule("/try/conversation/worklet.js"),
    ]);
    const ear = new AudioWorkletNode(this.#context, "ear", { numberOfInputs: 1, numberOfOutputs: 0 });
    ear.port.onmessage = ({ data }) => { if (!this.isDeaf) this.onHeard(encoded(data)); };
    this.#context.createMediaStreamSource(this.#stream).connect(ear);
    this.#mouth = new AudioWorkletNode(this.#context, "mouth", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#mouth.port.onmessage = ({ data: { item, samples, isQuiet } }) => {
      this.onPlayed(item, Math.floor(samples * 1000 / RATE), isQuiet);
    };
    this.#mouth.connect(this.#context.destination);
  }

  // Returns the milliseconds of the sound.
  play(item, base64) {
    const sound = decoded(base64);
    const ms = sound.byteLength / 2 * 1000 / RATE; // before it is given away: then it is empty
    this.#mouth?.port.postMessage({ item, sound }, [sound]);
    return ms;
  }

  hush() {
    this.#mouth?.port.postMessage({});
  }

  close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.#context.state !== "closed") this.#context.close();
  }
}

function encoded(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}

function decoded(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}
