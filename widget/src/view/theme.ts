//! The look, from the page's variables, its attributes and the site's own choice, in this order.

import type { LaunchData, Settings } from "../settings.js";

/**
 * Sets what the style sheets read. A page's variable (`--sidedoor-accent` …) wins, since it can follow the
 * page's own themes; then comes the tag, then the site's configuration. Contrast follows by itself in the sheet.
 */
export function applyTheme(host: HTMLElement, root: HTMLElement, settings: Settings, data: LaunchData, pageRtl: boolean, dark: boolean): void {
  const accent = [settings.accent, data.accent].find((colour) => colour && CSS.supports("color", colour)) ?? "#2f6fed";
  const [x = "20", y = x] = settings.offset.match(/\d+/g) ?? [];
  const look: [string, string, string][] = [
    ["accent", "accent", accent],
    ["radius", "radius", `${parseInt(settings.radius) || 20}px`],
    ["font", "font", settings.font || "system-ui,sans-serif"],
    ["x", "offset-x", `${x}px`],
    ["y", "offset-y", `${y}px`],
    ["z", "z-index", `${parseInt(settings.zIndex) || 2147483000}`],
  ];
  for (const [name, variable, value] of look) host.style.setProperty(`--${name}`, `var(--sidedoor-${variable},${value})`);
  const position = settings.position || data.position;
  root.classList.toggle("left", position === "left" || position === (pageRtl ? "end" : "start"));
  root.classList.toggle("dark", settings.theme === "dark" || (settings.theme !== "light" && dark));
}
