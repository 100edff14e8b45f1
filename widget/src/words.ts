//! The launcher's own words, in every language: they must be there when nothing else can be loaded.

// The button's name; and the word for when the chat cannot be reached, whether that is the visitor's network or our server. It
// is "offline" in most languages that are written in Latin letters.
const WORDS = `enChat
esChat|sin conexión
ptChat
frChat|hors ligne
deChat
itChat
nlChat
plCzat
trSohbet|çevrimdışı
ruЧат|офлайн
ukЧат|офлайн
arالمحادثة|غير متصل
heצ׳אט|לא מקוון
hiचैट|ऑफ़लाइन
idChat
jaチャット|オフライン
ko채팅|오프라인
zh聊天|离线`.split("\n");

export const LANGUAGES: readonly string[] = WORDS.map((line) => line.slice(0, 2));

/** The name, and the word for "offline", in one of the `LANGUAGES`. */
export function wordsIn(language: string): [string, string] {
  const [name = "", offline = "offline"] = WORDS[LANGUAGES.indexOf(language)]?.slice(2).split("|") ?? [];
  return [name, offline];
}
