// The demo page's own behaviour. The chat itself comes with the one script tag in the head.

"use strict";

// Calls may be made before the chat has loaded: they wait in this queue.
window.sidedoor = window.sidedoor || function () { (window.sidedoor.q = window.sidedoor.q || []).push(arguments); };

const find = (id) => document.getElementById(id);

// Instagram goes down: the question cannot be sent there, and is carried over to the chat.
const question = "Do you ship to Lisbon? It’s for a birthday on Friday";

function setDown(down) {
  find("phone").classList.toggle("down", down);
  find("phone-state").textContent = down ? "Connecting…" : "Active now";
  find("dm-state").textContent = down ? "Not sent. Check your connection." : "Delivered";
  find("carry").hidden = !down;
  find("outage").hidden = !down;
  find("try").hidden = down;
  find("try-again").hidden = !down;
  find(down ? "carry" : "try").focus({ preventScroll: true });
}
find("try").addEventListener("click", () => setDown(true));
find("try-again").addEventListener("click", () => setDown(false));
find("carry").addEventListener("click", () => window.sidedoor("open", question));

// Live theming: the chat follows, and the line to copy with it.
const knobs = find("knobs");
const standard = { accent: "", radius: "20", position: "right", theme: "auto", locale: "", label: "" };

function snippet(values) {
  let line = `<script async src="${location.origin}/widget.js" data-site="demo"`;
  for (const [name, value] of Object.entries(values)) {
    if (value !== standard[name]) line += ` data-${name}="${value.replace(/&/g, "&amp;").replace(/"/g, "&quot;")}"`;
  }
  return `${line}></` + "script>";
}

function apply(changed) {
  if (changed === "swatch") knobs.accent.value = knobs.swatch.value;
  if (changed === "accent") for (const swatch of knobs.swatch) swatch.checked = swatch.value === knobs.accent.value;
  const values = {};
  for (const name of Object.keys(standard)) values[name] = knobs[name].value;
  if (changed) {
    document.documentElement.style.setProperty("--sidedoor-accent", values.accent);
    window.sidedoor("theme", { ...values, locale: values.locale });
    if (changed === "locale") window.sidedoor("locale", values.locale);
  }
  find("snippet").textContent = snippet(values);
}
knobs.addEventListener("input", (event) => apply(event.target.name));
knobs.addEventListener("submit", (event) => event.preventDefault());
apply("");

find("copy").addEventListener("click", async () => {
  const button = find("copy");
  try {
    await navigator.clipboard.writeText(find("snippet").textContent);
    button.textContent = "Copied";
  } catch {
    // Without the right to write to the clipboard the line is selected, ready for the keyboard.
    getSelection().selectAllChildren(find("snippet"));
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});
