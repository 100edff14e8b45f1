//! Elements without markup: built call by call, so that no text can become one.

/**
 * The document with its own members, whatever the page has named its elements: `<img name="createElement">` would be
 * `document.createElement` otherwise.
 */
export const doc = new Proxy({} as Document, {
  get(_, key) {
    const value: unknown = Reflect.get(Document.prototype, key, document);
    return typeof value === "function" ? (value as () => unknown).bind(document) : value;
  },
});

export type Child = Node | string | null | undefined | false;
type Attribute = string | number | boolean | null | undefined;

/** Makes an element. `true` sets an empty attribute; `false`, `null` and `undefined` leave it out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = doc.createElement(tag);
  setAttributes(element, attributes);
  for (const child of children) if (child) element.append(child);
  return element;
}

export function setAttributes(element: Element, attributes: Record<string, Attribute>): void {
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (value === false || value == null) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : `${value}`);
  }
}

/** Sets text only where it differs, so that a live region does not speak twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** One of our own icons: a stroked path on a 24 px grid. */
export function icon(d: string): SVGSVGElement {
  const make = <K extends keyof SVGElementTagNameMap>(tag: K) => doc.createElementNS("http://www.w3.org/2000/svg", tag);
  const svg = make("svg");
  const path = make("path");
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

/** Gives `shadow` a style sheet without a style element, so that a strict `style-src` is content. */
export function adopt(shadow: ShadowRoot, css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets.push(sheet);
}
