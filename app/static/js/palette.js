// Go, find, do: `/` or Ctrl K opens the palette at once; what it finds comes while one types.
function open(typed = "") {
  const template = document.getElementById("palette");
  const place = document.getElementById("dialog");
  if (!template || !place || place.querySelector("dialog")) return false;
  place.replaceChildren(template.content.cloneNode(true));
  const input = place.querySelector("input");
  input.value = typed;
  htmx.process(place);
  return true;
}

document.addEventListener("keydown", (event) => {
  const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey
    && document.body.dataset.keys !== "off"
    && !event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]");
  const isK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if ((isSlash || isK) && open()) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const find = event.target.closest?.("a.find");
  if (!find || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (open()) event.preventDefault();
});

customElements.define("crm-palette", class extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.hits = this.querySelector("[role=listbox]");
    this.watcher = new MutationObserver(() => this.choose(0));
    this.watcher.observe(this.hits, { childList: true });
    this.addEventListener("keydown", (event) => this.press(event));
    this.hits.addEventListener("pointermove", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(this.options.indexOf(option), false);
    });
  }

  disconnectedCallback() {
    this.watcher.disconnect();
  }

  get options() {
    return [...this.hits.querySelectorAll("[role=option]")];
  }

  get chosen() {
    return this.hits.querySelector('[aria-selected="true"]');
  }

  choose(at, isScrolled = true) {
    const { options } = this;
    this.chosen?.setAttribute("aria-selected", "false");
    const option = options[(at + options.length) % options.length];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    if (isScrolled) option.scrollIntoView({ block: "nearest" });
  }

  press(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.choose(this.options.indexOf(this.chosen) + step);
    } else if (event.key === "Enter" && this.chosen) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(this.chosen.href, "_blank", "noopener");
      else this.chosen.click();
    }
  }
});
