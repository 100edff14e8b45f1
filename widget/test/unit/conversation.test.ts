//! Each thing said once and in order, whatever is repeated, lost or early.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation, type Conversation } from "../../src/conversation.js";
import { createStorage, type Shelf, type Storage } from "../../src/storage.js";
import { parseFrame, type ServerFrame } from "../../src/wire.js";

function shelf(): Shelf & { values: Map<string, string> } {
  const values = new Map<string, string>();
  return { values, getItem: (key) => values.get(key) ?? null, setItem: (key, value) => void values.set(key, value), removeItem: (key) => void values.delete(key) };
}

interface Scene { conversation: Conversation; storage: Storage; said: number[]; gaps: number; reborn: number; leads: string[][]; retries: [string, number][] }

function scene(): Scene {
  const storage = createStorage("k", shelf(), false);
  storage.allow();
  let id = 0;
  const made: Scene = { storage, said: [], gaps: 0, reborn: 0, leads: [], retries: [], conversation: undefined as unknown as Conversation };
  made.conversation = createConversation(storage, () => `new-${++id}`, {
    changed: () => undefined,
    said: (event) => made.said.push(event.seq),
    lead: (fields) => made.leads.push(fields),
    gap: () => made.gaps++,
    reborn: () => made.reborn++,
  }, (retried, after) => made.retries.push([retried, after]));
  return made;
}

const frame = (value: object): ServerFrame => {
  const parsed = parseFrame(JSON.stringify(value));
  if (!parsed) throw new Error("not a frame");
  return parsed;
};
const event = (seq: number, from: string, text: string, more: object = {}) => ({ type: "event", seq, at: "2026-11-23T09:30:00Z", from, kind: "text", text, ...more });
const welcome = (events: object[], more: object = {}) => {
  const parsed = frame({ type: "welcome", visitor: "t", conversation: "c", seq: events.length, state: "bot", site: {}, events, ...more });
  if (parsed.type !== "welcome") throw new Error("not a welcome");
  return parsed;
};
const ack = (id: string, seq: number) => frame({ type: "ack", id, seq, at: "2026-11-23T09:30:00Z" });
const shown = ({ conversation }: Scene) => conversation.items().map((item) => `${item.event.from}:${item.event.text}:${item.delivery}`);
const say = ({ conversation }: Scene, id: string, text: string) => conversation.keep({ type: "message", id, text }, text, 0);

test("a message is one bubble with one key from sending to sent, in whichever order event and ack come", () => {
  for (const order of [["event", "ack"], ["ack", "event"], ["ack"], ["event", "event", "ack", "ack"]]) {
    for (const named of [true, false]) {
      const s = scene();
      s.conversation.welcome(welcome([]));
      say(s, "m1", "hello");
      for (const step of order) {
        s.conversation.take(step === "ack" ? ack("m1", 1) : frame(event(1, "visitor", "hello", named ? { id: "m1" } : {})));
        assert.deepEqual(s.conversation.items().map((item) => item.key), ["m1"], `${order.join()} ${String(named)}`);
      }
      assert.deepEqual(shown(s), ["visitor:hello:sent"]);
      assert.deepEqual(s.conversation.outbox(), []);
    }
  }
});

test("the same words twice are two bubbles, each with its own seq", () => {
  const s = scene();
  s.conversation.welcome(welcome([]));
  say(s, "m1", "hi");
  say(s, "m2", "hi");
  s.conversation.take(frame(event(1, "visitor", "hi")));
  s.conversation.take(ack("m1", 1));
  s.conversation.take(frame(event(2, "visitor", "hi")));
  s.conversation.take(ack("m2", 2));
  assert.deepEqual(s.conversation.items().map((item) => [item.key, item.event.seq]), [["m1", 1], ["m2", 2]]);
});

test("a message whose ack was lost is found again in the welcome", () => {
  const s = scene();
  s.conversation.welcome(welcome([]));
  say(s, "m1", "hello");
  s.conversation.welcome(welcome([event(1, "visitor", "hello", { id: "m1" }), event(2, "bot", "hi")]));
  assert.deepEqual(shown(s), ["visitor:hello:sent", "bot:hi:sent"]);
  assert.equal(s.conversation.outbox().length, 1, "it stays in the outbox until its ack");
  s.conversation.take(ack("m1", 1));
  assert.equal(s.conversation.outbox().length, 0);
});

test("a gap is noticed, and what was missing is put in its place", () => {
  const s = scene();
  s.conversation.welcome(welcome([event(1, "bot", "one")]));
  s.conversation.take(frame(event(3, "bot", "three")));
  assert.equal(s.gaps, 1);
  assert.equal(s.conversation.last, 1);
  s.conversation.welcome(welcome([event(2, "bot", "two"), event(3, "bot", "three")], { seq: 3 }));
  assert.deepEqual(s.conversation.items().map((item) => item.event.text), ["one", "two", "three"]);
  assert.equal(s.conversation.last, 3);
});

test("what was there before is not news; what came meanwhile is, once", () => {
  const s = scene();
  s.conversation.welcome(welcome([event(1, "bot", "one")]));
  s.conversation.welcome(welcome([event(2, "staff", "two")], { seq: 2 }));
  s.conversation.take(frame(event(2, "staff", "two")));
  assert.deepEqual(s.said, [2]);
});

test("more missed than fits leaves the rest to history", () => {
  const s = scene();
  s.conversation.welcome(welcome([event(1, "bot", "one")]));
  s.conversation.welcome(welcome(Array.from({ length: 200 }, (_, i) => event(i + 301, "bot", `e${i + 301}`)), { seq: 500, more: true }));
  assert.deepEqual([s.conversation.first, s.conversation.last, s.conversation.more], [301, 500, true]);
  s.conversation.take(frame({ type: "history", events: [event(299, "bot", "e299"), event(300, "bot", "e300")], more: true }));
  assert.deepEqual([s.conversation.first, s.conversation.last, s.conversation.more], [299, 500, true]);
});

test("another conversation than before forgets what it had shown, and keeps what is to be sent", () => {
  const s = scene();
  s.conversation.welcome(welcome([event(1, "bot", "old")]));
  say(s, "m1", "kept");
  s.conversation.welcome(welcome([], { conversation: "d" }));
  assert.deepEqual(shown(s), ["visitor:kept:sending"]);
});

test("not stored for now: kept and tried again after what the server asks for", () => {
  const s = scene();
  s.conversation.welcome(welcome([]));
  say(s, "m1", "hello");
  s.conversation.take(frame({ type: "error", code: "unavailable", message: "", id: "m1" }));
  s.conversation.take(frame({ type: "error", code: "rate_limited", message: "", id: "m1", retry_after_ms: 1500 }));
  assert.deepEqual(s.retries, [["m1", 1000], ["m1", 1500]]);
  assert.equal(s.conversation.outbox().length, 1);
});

test("refused for good: shown as failed, and sent no more", () => {
  const s = scene();
  s.conversation.welcome(welcome([]));
  say(s, "m1", "x");
  s.conversation.take(frame({ type: "error", code: "too_long", message: "", id: "m1" }));
  assert.deepEqual(shown(s), ["visitor:x:failed"]);
  assert.deepEqual(s.conversation.outbox(), []);
});

test("a button of a conversation that is gone becomes words", () => {
  const s = scene();
  s.conversation.welcome(welcome([]));
  s.conversation.keep({ type: "choose", id: "c1", seq: 9, option: "track" }, "Track my order", 0);
  s.conversation.take(frame({ type: "error", code: "unknown_event", message: "", id: "c1" }));
  assert.deepEqual(s.conversation.outbox().map((entry) => entry.frame), [{ type: "message", id: "new-1", text: "Track my order" }]);
  assert.deepEqual(s.retries, [["new-1", 0]]);
});

test("a form's fault is told, a form's success is a lead with the names of what was given", () => {
  const s = scene();
  s.conversation.welcome(welcome([event(1, "bot", "where?", { kind: "form" })]));
  s.conversation.keep({ type: "form", id: "f1", seq: 1, fields: { email: "x", name: "" }, consent: true }, "Email: x", 0);
  s.conversation.take(frame({ type: "error", code: "invalid_field", message: "", id: "f1", fields: { email: "invalid" } }));
  assert.deepEqual(s.conversation.formFault(), { seq: 1, fields: [["email", "invalid"]] });
  s.conversation.keep({ type: "form", id: "f2", seq: 1, fields: { email: "x@y.example", name: "" }, consent: true }, "Email: x@y.example", 0);
  s.conversation.take(ack("f2", 2));
  assert.deepEqual([s.conversation.formFault(), s.leads], [null, [["email"]]]);
});

test("nothing is written before the visitor acts, then one key, and what another tab wrote stands", () => {
  const place = shelf();
  const one = createStorage("k", place, false);
  one.change((value) => { value.token = "t"; });
  assert.equal(place.values.size, 0);
  one.allow();
  assert.deepEqual([...place.values.keys()], ["k"]);
  const two = createStorage("k", place, false);
  two.change((value) => { value.draft = "from two"; });
  one.change((value) => { value.read = 7; });
  assert.deepEqual([one.get().token, one.get().draft, two.get().read], ["t", "from two", 7]);
});

test("broken, foreign and blocked storage is an empty one", () => {
  const place = shelf();
  for (const json of ["", "{", "[]", "7", '{"outbox":{},"token":7}', '{"outbox":[null,{"frame":{}},{"frame":{"id":"a","type":"message"}}]}']) {
    place.values.set("k", json);
    const { token, outbox } = createStorage("k", place, false).get();
    assert.equal(token, "");
    assert.ok(outbox.length <= 1);
  }
  const blocked: Shelf = { getItem: () => { throw new Error("blocked"); }, setItem: () => { throw new Error("full"); }, removeItem: () => { throw new Error("blocked"); } };
  const storage = createStorage("k", blocked, false);
  storage.allow();
  storage.change((value) => { value.draft = "kept"; });
  assert.equal(storage.get().draft, "kept");
  storage.forget(true);
  assert.equal(storage.get().draft, "");
});
