//! The other lines' icons.

import { icon } from "./dom.js";

const LINES: Record<string, string> = {
  email: "M4 6h16v12H4zM4 7l8 6 8-6",
  sms: "M4 5h16v11H9l-5 4z",
  phone: "M6 3.5h3l1.5 4.5-2 1.5a11 11 0 0 0 6 6l1.5-2 4.5 1.5v3c0 1.5-1 2.5-2.5 2.5C10.5 20 4 13.5 3.5 6 3.5 4.5 4.5 3.5 6 3.5z",
  whatsapp: "M12 3.5a8.5 8.5 0 0 0-7.3 12.8L3.5 20.5l4.3-1.2A8.5 8.5 0 1 0 12 3.5zM9 8.5c0 3.5 3 6.5 6.5 6.5",
};
const LINK = "M9 15l6-6M10 6l2-2a4 4 0 0 1 6 6l-2 2M14 18l-2 2a4 4 0 0 1-6-6l2-2";

export function lineIcon(kind: string): SVGSVGElement {
  return icon(Object.hasOwn(LINES, kind) ? LINES[kind] ?? LINK : LINK);
}
