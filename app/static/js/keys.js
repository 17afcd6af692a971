// Keys stand on what they press: data-key="W", or data-key="G C" for one after the other.
const PAUSE = 1200;
const WRITES = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=true]";
let begun = "";
let timer;

function isThere(element) {
  return element.checkVisibility?.({ visibilityProperty: true }) ?? true;
}

function press(key) {
  const dialog = document.querySelector("dialog[open]");
  const found = [...(dialog ?? document).querySelectorAll("[data-key]")].filter((one) => one.dataset.key === key);
  // What is said over the page was done last.
  const one = found.find((each) => each.closest(".toasts")) ?? found.find(isThere) ?? found[0];
  one?.click();
  return Boolean(one);
}

// What is done with a row by a key is done with the one that has the focus: data-row-key="D".
function pressInRow(key) {
  const one = document.activeElement?.closest("[data-rows] > *")?.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
  one?.click();
  return Boolean(one);
}

// J and K go through the rows of a list: [data-rows] holds them, the first link of each is its name.
function walk(step) {
  const names = [...document.querySelectorAll("[data-rows]")].flatMap((list) => [...list.children])
    .map((row) => row.querySelector("a[href]")).filter(Boolean);
  if (!names.length) return false;
  const row = document.activeElement?.closest("[data-rows] > *");
  const at = names.findIndex((name) => row?.contains(name));
  names[at < 0 ? (step > 0 ? 0 : names.length - 1) : Math.min(Math.max(at + step, 0), names.length - 1)].focus();
  return true;
}

function help() {
  if (document.querySelector("#dialog dialog")) return true;
  htmx.ajax("GET", "/keys", { target: "#dialog", swap: "innerHTML" });
  return true;
}

function single(key) {
  if (key === "?") return help();
  if (key === "/") return false;
  const both = begun && `${begun} ${key.toUpperCase()}`;
  begun = "";
  if (both && press(both)) return true;
  if (key.length !== 1) return false;
  if (pressInRow(key.toUpperCase()) || press(key.toUpperCase())) return true;
  if (key === "j" || key === "k") return !document.querySelector("dialog[open]") && walk(key === "j" ? 1 : -1);
  if (document.querySelector(`[data-key^="${CSS.escape(key.toUpperCase())} "]`)) {
    begun = key.toUpperCase();
    clearTimeout(timer);
    timer = setTimeout(() => { begun = ""; }, PAUSE);
  }
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.body.dataset.keys === "off" || event.target.closest?.(WRITES)) return;
  if (single(event.key)) event.preventDefault();
});

// The list of all keys takes those of this page from where they stand.
customElements.define("crm-keys", class extends HTMLElement {
  connectedCallback() {
    const known = new Set([...this.querySelectorAll("dd")].map((keys) => keys.textContent.trim()));
    const rows = new Map();
    for (const one of document.querySelectorAll("main [data-key], .bar [data-key], .sub [data-key]")) {
      const words = one.cloneNode(true);
      for (const keys of words.querySelectorAll("kbd")) keys.remove();
      const name = one.getAttribute("aria-label") ?? (words.textContent.trim() || one.title);
      if (isThere(one) && !known.has(one.dataset.key.replaceAll(" ", ""))) rows.set(one.dataset.key, name);
    }
    if (!rows.size || this.querySelector("[data-page]")) return;
    const section = document.createElement("section");
    section.dataset.page = "";
    const heading = section.appendChild(document.createElement("h2"));
    heading.textContent = this.dataset.here;
    const list = section.appendChild(document.createElement("dl"));
    for (const [key, name] of rows) {
      const row = list.appendChild(document.createElement("div"));
      row.appendChild(document.createElement("dt")).textContent = name;
      const keys = row.appendChild(document.createElement("dd"));
      for (const part of key.split(" ")) keys.appendChild(document.createElement("kbd")).textContent = part;
    }
    this.prepend(section);
  }
});
