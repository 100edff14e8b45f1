//! Several answers at once come one after the other: the first at once, each next one after a short while of typing.

/** Between two bubbles: long enough to see that there are two, short enough not to be waited for. */
const PACE_MS = 650;

export interface Pace {
  /** Whether something of the bot's is to be held back for now. It is in the page all the same, for those who listen. */
  holds(key: string, isNews: boolean): boolean;
  readonly isHolding: boolean;
  /** Shows everything at once: the visitor goes on, or has left. */
  flush(): void;
}

/** `redraw` is called when something that was held back is due. */
export function createPace(signal: AbortSignal, redraw: () => void): Pace {
  const still = matchMedia("(prefers-reduced-motion)");
  let held: string[] = [];
  let dueAt = 0;
  let timer = 0;
  const seen = new Set<string>();

  const release = () => {
    timer = 0;
    held.shift();
    dueAt = performance.now() + PACE_MS;
    if (held.length) timer = setTimeout(release, PACE_MS) as unknown as number;
    redraw();
  };
  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    held = [];
  };
  signal.addEventListener("abort", flush);

  return {
    holds(key, isNews) {
      if (!seen.has(key)) {
        seen.add(key);
        if (!isNews) return false;
        const now = performance.now();
        if (still.matches || (now >= dueAt && !held.length)) dueAt = now + PACE_MS;
        else {
          held.push(key);
          timer ||= setTimeout(release, Math.max(0, dueAt - now)) as unknown as number;
        }
      }
      return held.includes(key);
    },
    get isHolding() { return held.length > 0; },
    flush,
  };
}
