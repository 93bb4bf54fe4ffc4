// Runs beside the page, on the thread of sound: `ear` gives away what the microphone hears, `mouth` plays answers.
// Both have 24 000 samples a second, one channel, 16 bits.
const PIECE = 960; // samples: 40 ms
const REPORT = 4800; // samples: five times a second

registerProcessor("ear", class extends AudioWorkletProcessor {
  #held = new Int16Array(PIECE);
  #length = 0;

  process([input]) {
    for (const sample of input[0] ?? []) {
      this.#held[this.#length] = Math.max(-1, Math.min(1, sample)) * 32767;
      this.#length += 1;
      if (this.#length < PIECE) continue;
      this.port.postMessage(this.#held.buffer, [this.#held.buffer]);
      [this.#held, this.#length] = [new Int16Array(PIECE), 0];
    }
    return true;
  }
});

// Says how many samples of each answer it has played, a few times a second, and once more when it has nothing left.
registerProcessor("mouth", class extends AudioWorkletProcessor {
  #queue = []; // {item, samples}
  #at = 0; // the next sample of the first piece
  #played = { item: null, samples: 0, told: 0 };

  constructor() {
    super();
    this.port.onmessage = ({ data: { item, sound } }) => {
      if (sound) this.#queue.push({ item, samples: new Int16Array(sound) });
      else [this.#queue, this.#at] = [[], 0]; // silence at once
    };
  }

  process(_, [[output]]) {
    for (let place = 0; place < output.length && this.#queue.length; place += 1) {
      const [{ item, samples }] = this.#queue;
      if (this.#played.item !== item) {
        this.#tell();
        this.#played = { item, samples: 0, told: 0 };
      }
      output[place] = samples[this.#at] / 32768;
      this.#at += 1;
      this.#played.samples += 1;
      if (this.#at === samples.length) {
        this.#queue.shift();
        this.#at = 0;
      }
    }
    const { samples, told } = this.#played;
    if (samples - told >= REPORT || (samples > told && !this.#queue.length)) this.#tell();
    return true;
  }

  #tell() {
    const { item, samples, told } = this.#played;
    if (samples === told) return;
    this.#played.told = samples;
    this.port.postMessage({ item, samples, isQuiet: !this.#queue.length });
  }
});
