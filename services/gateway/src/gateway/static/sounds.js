// Names sounds as a child knows them: by a spelling, and a word that has it.

// ARPAbet without stress
const SOUNDS = {
  B: ["b", "bed"], CH: ["ch", "chip"], D: ["d", "dog"], DH: ["th", "this"], F: ["f", "fish"], G: ["g", "goat"],
  HH: ["h", "hat"], JH: ["j", "jam"], K: ["k", "kite"], L: ["l", "leg"], M: ["m", "moon"], N: ["n", "nose"],
  NG: ["ng", "sing"], P: ["p", "pig"], R: ["r", "red"], S: ["s", "sun"], SH: ["sh", "ship"], T: ["t", "tap"],
  TH: ["th", "think"], V: ["v", "van"], W: ["w", "wet"], Y: ["y", "yes"], Z: ["z", "zoo"], ZH: ["s", "treasure"],
  AA: ["a", "father"], AE: ["a", "cat"], AH: ["u", "cup"], AO: ["aw", "saw"], AW: ["ow", "cow"], AY: ["y", "my"],
  EH: ["e", "bed"], ER: ["ir", "bird"], EY: ["ay", "day"], IH: ["i", "sit"], IY: ["ee", "see"], OW: ["o", "go"],
  OY: ["oy", "boy"], UH: ["oo", "book"], UW: ["oo", "moon"],
};

export function soundName(sound) {
  const known = SOUNDS[sound];
  return known ? `${known[0]} as in ${known[1]}` : sound.toLowerCase();
}
