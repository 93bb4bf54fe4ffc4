// Talks live: what the microphone hears goes to the provider as it is said, and answers are heard as they are made.
import { Line } from "/try/conversation/line.js";
import { Sound } from "/try/conversation/sound.js";
import { fitting } from "/try/conversation/talk.js";
import { showMessage, showText, strike } from "/try/conversation/view.js";

const INSTRUCTIONS = "You talk a design through with a product designer. Answer in at most three short sentences that "
  + "are good to hear, and ask what is still open. Say when you do not know something.";
const SETTINGS = {
  type: "realtime",
  instructions: INSTRUCTIONS,
  audio: { input: { transcription: { model: "gpt-transcribe" } } },
};

export class Live {
  #answers = new Map(); // by the id of an item: {shown, text, made, played, isCut}; milliseconds
  #heard = new Map(); // by the id of an item: where its words are shown
  #isAnswering = false;

  // `said` has {role, text} of what was said before, and gets what is said. `onState` gets what happens, in a word
  // (joining, live, speaking) and a sentence; `onOver` why it has ended, or null.
  constructor({ key, session, kept, said, onState, onOver }) {
    this.said = said;
    this.onState = onState;
    this.onOver = onOver;
    this.sound = new Sound({
      onHeard: (audio) => this.line.send("input_audio_buffer.append", { audio }),
      onPlayed: (item, ms, isQuiet) => this.#played(item, ms, isQuiet),
    });
    this.line = new Line({
      key, session, kept,
      onEvent: (event) => this.#take(event),
      onOpen: () => this.#begin(),
      onState: (sentence) => onState(sentence ? "joining" : "live", sentence),
      onOver: (error) => this.#over(error),
    });
  }

  async start() {
    this.onState("joining", "");
    try {
      await this.sound.open();
      await this.line.open();
    } catch (error) {
      const refused = error.name === "NotAllowedError";
      this.stop();
      this.#over(refused ? new Error("The microphone is not allowed here. Allow it in the browser's settings.") : error);
    }
  }

  stop() {
    this.hush();
    this.line.close();
    this.sound.close();
  }

  // Writes instead of speaking.
  write(text) {
    this.hush();
    showText(showMessage("user"), text);
    this.said.push({ role: "user", text });
    this.#create("user", text);
    this.line.send("response.create");
  }

  // Stops the answer that is heard, where it is.
  hush() {
    if (this.#isAnswering) this.line.send("response.cancel");
    for (const [item, answer] of this.#answers) {
      if (answer.isCut || answer.played >= Math.floor(answer.made)) continue;
      if (answer.played) {
        const cut = { item_id: item, content_index: 0, audio_end_ms: answer.played };
        this.line.send("conversation.item.truncate", cut);
      } else this.line.send("conversation.item.delete", { item_id: item });
      this.#cut(answer);
    }
    this.sound.hush();
    if (this.line.isReady) this.onState("live", "");
  }

  #begin() {
    this.line.send("session.update", { session: SETTINGS });
    for (const { role, text } of fitting(this.said)) this.#create(role, text);
    this.onState("live", "");
  }

  #create(role, text) {
    const content = [{ type: role === "user" ? "input_text" : "output_text", text }];
    this.line.send("conversation.item.create", { item: { type: "message", role, content } });
  }

  #take(event) {
    switch (event.type) {
      case "input_audio_buffer.speech_started": this.onState("live", ""); break;
      case "input_audio_buffer.committed": this.#heard.set(event.item_id, showMessage("user")); break;
      case "conversation.item.input_audio_transcription.completed": this.#understood(event); break;
      case "response.created": this.#isAnswering = true; break;
      case "response.done": this.#isAnswering = false; break;
      case "response.output_audio_transcript.delta": this.#written(event.item_id, event.delta); break;
      case "response.output_audio.delta": this.#spoken(event.item_id, event.delta); break;
      case "voxbus.stop": this.#stopped(event.item_id); break;
      case "voxbus.warning": this.#warn(event.say); break;
      case "error": if (event.error?.code !== "response_cancel_not_active") this.onState("live", "The provider reports an error.");
    }
  }

  #understood({ item_id: id, transcript }) {
    const shown = this.#heard.get(id) ?? showMessage("user");
    showText(shown, transcript.trim());
    this.said.push({ role: "user", text: transcript.trim() });
  }

  #answer(item) {
    if (!this.#answers.has(item)) {
      const told = { role: "assistant", text: "" };
      this.said.push(told);
      this.#answers.set(item, { shown: showMessage("assistant"), told, text: "", made: 0, played: 0, isCut: false });
    }
    return this.#answers.get(item);
  }

  #written(item, delta) {
    const answer = this.#answer(item);
    if (answer.isCut) return;
    answer.text += delta;
    answer.told.text = answer.text;
    showText(answer.shown, answer.text);
  }

  #spoken(item, audio) {
    const answer = this.#answer(item);
    if (answer.isCut) return;
    answer.made += this.sound.play(item, audio);
    this.onState("speaking", "");
  }

  #played(item, ms, isQuiet) {
    const answer = this.#answers.get(item);
    if (!answer || answer.isCut) return;
    answer.played = ms;
    this.line.send("voxbus.played", { item_id: item, ms });
    if (isQuiet) this.onState("live", "");
  }

  // The server has cut the answer where we said that we were.
  #stopped(item) {
    this.sound.hush();
    const answer = this.#answers.get(item);
    if (answer) this.#cut(answer);
    this.onState("live", "");
  }

  // What was heard of the text is its share of the sound, up to the end of a word.
  #cut(answer) {
    answer.isCut = true;
    const part = answer.made ? Math.min(1, answer.played / answer.made) : 0;
    const end = Math.floor(answer.text.length * part);
    const spoken = part < 1 ? Math.max(0, answer.text.lastIndexOf(" ", end)) : answer.text.length;
    if (spoken < answer.text.length) strike(answer.shown, answer.text, spoken);
    answer.told.text = answer.text.slice(0, spoken);
  }

  // The warning itself is not to be heard as words of the person.
  #warn(sentence) {
    this.onState("live", sentence);
    if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) return;
    const words = new SpeechSynthesisUtterance(sentence);
    const over = () => { this.sound.isDeaf = false; };
    Object.assign(words, { onstart: () => { this.sound.isDeaf = true; }, onend: over, onerror: over });
    speechSynthesis.speak(words);
  }

  #over(error) {
    this.sound.close();
    this.onOver(error);
  }
}
