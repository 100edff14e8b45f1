//! Elements without markup: built call by call, so that no text can become one.

export type Child = Node | string | null | undefined | false;
type Attribute = string | number | boolean | null | undefined;

/** Makes an element. `true` sets an empty attribute; `false`, `null` and `undefined` leave it out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children.filter((child): child is Node | string => !!child || child === ""));
  return element;
}

export function setAttributes(element: Element, attributes: Record<string, Attribute>): void {
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Sets text only where it differs, so that a live region does not speak twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** One of our own icons: stroked paths on a 24 px grid. */
export function icon(...paths: string[]): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  setAttributes(svg, {
    viewBox: "0 0 24 24", width: 24, height: 24, fill: "none", stroke: "currentColor",
    "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
  });
  for (const d of paths) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** Gives `shadow` a style sheet without a style element, so that a strict `style-src` is content. */
export function adopt(shadow: ShadowRoot, css: string, nonce: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
  } catch {
    // Safari before 16.4 has no constructable style sheets.
    const style = h("style", { nonce }, css);
    shadow.prepend(style);
  }
}
