//! The panel on a phone: fills what the keyboard leaves of the screen, holds the focus, and goes with the back button.

/** On screens as small as this (CSS px, the page's zoom included) the panel is a sheet over all of it. */
const SHEET = "(max-width: 639px), (max-height: 480px)";

export interface Sheet {
  readonly isSheet: boolean;
  show(open: boolean): void;
}

export function createSheet(panel: HTMLElement, signal: AbortSignal, close: () => void): Sheet {
  const narrow = matchMedia(SHEET);
  let isOpen = false;
  let pushed = false;

  const fit = () => {
    const view = visualViewport;
    if (!view) return;
    // Pinch zoom moves the visual viewport too; only the keyboard is to be made room for.
    const keyboard = isOpen && narrow.matches && view.scale <= 1.01;
    panel.style.setProperty("--view-height", keyboard ? `${view.height}px` : "");
    panel.style.setProperty("--view-top", keyboard ? `${view.offsetTop}px` : "");
  };
  const marked = () => (history.state as { sidedoor?: unknown } | null)?.sidedoor === true;
  const apply = () => {
    panel.setAttribute("aria-modal", String(isOpen && narrow.matches));
    fit();
  };

  visualViewport?.addEventListener("resize", fit, { signal });
  visualViewport?.addEventListener("scroll", fit, { signal });
  narrow.addEventListener("change", apply, { signal });
  addEventListener("popstate", () => {
    if (!pushed || marked()) return;
    pushed = false;
    close();
  }, { signal });

  return {
    get isSheet() { return narrow.matches; },
    show(open) {
      isOpen = open;
      apply();
      if (open && narrow.matches && !pushed) {
        // The page's own state goes along, so that its router finds what it knows.
        history.pushState({ ...(history.state as object | null), sidedoor: true }, "");
        pushed = true;
      } else if (!open && pushed) {
        pushed = false;
        if (marked()) history.back();
      }
    },
  };
}
