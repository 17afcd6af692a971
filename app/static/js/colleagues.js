const MOST = 5;
const TYPED = /(?:^|[^\w@.])@([\p{L}\p{N}][\p{L}\p{N} .'’-]{0,40}|)$/u;

// Whom an @ may mean: offered below the words, chosen with the arrows and Enter, or a click.
customElements.define("crm-colleagues", class extends HTMLElement {
  connectedCallback() {
    this.oninput = () => this.look();
    this.onkeydown = (event) => this.press(event);
    this.onpointerdown = (event) => {
      const option = event.target.closest("[role=option]");
      if (!option) return;
      event.preventDefault();
      this.choose(option);
    };
    this.text.onblur = () => this.close();
  }

  get text() { return this.querySelector("textarea"); }
  get list() { return this.querySelector("[role=listbox]"); }
  get options() { return [...this.list.children]; }
  get current() { return this.list.querySelector("[aria-selected=true]"); }

  typed() {
    const { selectionStart: at, selectionEnd, value } = this.text;
    const found = at === selectionEnd && TYPED.exec(value.slice(0, at));
    return found && found[1].split(" ").length <= MOST ? found[1] : null;
  }

  async look() {
    const typed = this.typed();
    if (typed === null) return this.close();
    this.request?.abort();
    this.request = new AbortController();
    try {
      const address = `${this.dataset.address}?typed=${encodeURIComponent(typed)}`;
      const response = await fetch(address, { signal: this.request.signal, headers: { "HX-Request": "true", "HX-Request-Type": "partial" } });
      if (!response.ok || this.typed() !== typed) return;
      this.list.innerHTML = await response.text();
      this.found = typed;
    } catch {
      return;
    }
    this.list.hidden = !this.options.length;
    this.mark(this.options[0]);
    if (this.isChosen) this.choose(this.current);
  }

  mark(option) {
    this.current?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.text.setAttribute("aria-activedescendant", option.id);
    else this.text.removeAttribute("aria-activedescendant");
  }

  press(event) {
    if (this.list.hidden || event.isComposing || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { options } = this;
    if (step) this.mark(options[(options.indexOf(this.current) + step + options.length) % options.length]);
    else if (event.key === "Enter" || event.key === "Tab") this.take();
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Those for what was typed last may still be on their way.
  take() {
    if (this.found === this.typed()) this.choose(this.current);
    else this.isChosen = true;
  }

  choose(option) {
    this.isChosen = false;
    if (!option) return;
    const at = this.text.selectionStart;
    this.text.setRangeText(`@${option.dataset.written} `, at - this.typed().length - 1, at, "end");
    this.close();
    this.text.dispatchEvent(new InputEvent("input", { bubbles: true }));
    this.text.focus();
  }

  close() {
    this.isChosen = false;
    this.request?.abort();
    this.list.hidden = true;
    this.list.replaceChildren();
    this.mark(null);
  }
});
