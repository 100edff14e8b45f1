//! Two quiet notes for a new message, made on the spot: no file to fetch, and none unless the visitor asks.

export interface Chime { play(): void; destroy(): void }

export function createChime(): Chime {
  let audio: AudioContext | null = null;
  return {
    play() {
      try {
        audio ??= new AudioContext();
        const { currentTime } = audio;
        for (const [at, pitch] of [[0, 660], [0.12, 880]] as const) {
          const tone = audio.createOscillator();
          const gain = audio.createGain();
          tone.frequency.value = pitch;
          gain.gain.setValueAtTime(0, currentTime + at);
          gain.gain.linearRampToValueAtTime(0.06, currentTime + at + 0.02);
          gain.gain.exponentialRampToValueAtTime(0.001, currentTime + at + 0.3);
          tone.connect(gain).connect(audio.destination);
          tone.start(currentTime + at);
          tone.stop(currentTime + at + 0.32);
        }
      } catch {
        // No audio here: the badge is enough.
      }
    },
    destroy() {
      void audio?.close().catch(() => undefined);
      audio = null;
    },
  };
}
