//! The look, from the page's variables, its attributes and the site's own choice, in this order.

import { str } from "../wire.js";
import type { Settings } from "../settings.js";

/**
 * Sets what the style sheets read. A page's variable (`--sidedoor-accent` …) wins, since it can follow the
 * page's own themes; then comes the tag, then the site's configuration. Contrast follows by itself in the sheet.
 */
export function applyTheme(host: HTMLElement, root: HTMLElement, settings: Settings, data: unknown, pageRtl: boolean): void {
  const { accent = str(data, "accent"), offset = "", position = str(data, "position"), theme = "" } = settings;
  const [x = 20, y = x] = offset.match(/\d+/g) ?? [];
  const set = (name: string, value: string) => host.style.setProperty(`--${name}`, `var(--sidedoor-${name},${value})`);
  set("accent", CSS.supports("color", accent) ? accent : "#2f6fed");
  set("x", `${x}px`);
  set("y", `${y}px`);
  set("z", settings.zIndex || "2147483000");
  set("radius", `${settings.radius || 20}px`);
  set("font", settings.font || "system-ui,sans-serif");
  root.style.colorScheme = /^(dark|light)$/.test(theme) ? theme : "light dark";
  const side = position === "left" || position === (pageRtl ? "end" : "start") ? "left" : "";
  root.className = `root ${side} ${theme}`;
}
