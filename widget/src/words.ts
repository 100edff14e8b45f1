//! The launcher's own words, in every language: they must be there when nothing else can be loaded.

// The button's name, and how it goes on when the chat cannot be reached.
const WORDS = `enChat| is unavailable
esChat| no disponible
ptChat| indisponível
frChat| indisponible
deChat| nicht erreichbar
itChat| non disponibile
nlChat| niet bereikbaar
plCzat| niedostępny
trSohbet| kullanılamıyor
ruЧат| недоступен
ukЧат| недоступний
arالمحادثة| غير متاحة
heצ׳אט| לא זמין
hiचैट| उपलब्ध नहीं है
idChat| tidak tersedia
jaチャット|は利用できません
ko채팅|을 사용할 수 없습니다
zh聊天|不可用`.split("\n");

export const LANGUAGES: readonly string[] = WORDS.map((line) => line.slice(0, 2));

/** The name and its continuation, in one of the `LANGUAGES`. */
export function wordsIn(language: string): [string, string] {
  return WORDS[LANGUAGES.indexOf(language)]?.slice(2).split("|") as [string, string];
}
