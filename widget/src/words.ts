//! The launcher's own words, in every language: they must be there when nothing else can be loaded.

// The button's name, then what to say when the chat cannot be reached.
const WORDS = `en Chat with us|The chat can’t be reached right now.
es Chatea con nosotros|Ahora mismo no se puede abrir el chat.
pt Fale conosco|O chat está inacessível agora.
fr Discuter avec nous|Le chat est injoignable pour le moment.
de Chat öffnen|Der Chat ist gerade nicht erreichbar.
it Chatta con noi|La chat non è raggiungibile ora.
nl Chat met ons|De chat is nu niet bereikbaar.
pl Napisz do nas|Czat jest teraz niedostępny.
tr Bize yazın|Sohbete şu anda ulaşılamıyor.
ru Написать нам|Чат сейчас недоступен.
uk Написати нам|Чат зараз недоступний.
ar تحدّث معنا|لا يمكن الوصول إلى المحادثة الآن.
he דברו איתנו|הצ׳אט אינו זמין כרגע.
hi हमसे चैट करें|चैट अभी उपलब्ध नहीं है।
id Chat dengan kami|Chat sedang tidak dapat diakses.
ja チャットで相談|現在チャットに接続できません。
ko 채팅 상담|지금은 채팅에 연결할 수 없습니다.
zh 与我们聊天|目前无法连接聊天。`;

export interface Words { open: string; down: string }

const TABLE = new Map(WORDS.split("\n").map((line) => [line.slice(0, 2), line.slice(3).split("|")]));

export const LANGUAGES: readonly string[] = [...TABLE.keys()];

export function wordsIn(language: string): Words {
  const [open = "", down = ""] = TABLE.get(language) ?? [];
  return { open, down };
}
