// A field that takes a name offers those that fit while one types, as a list that arrows walk: what its <datalist>
// holds without scripts. Who may make somebody new finds 'New …' at its foot.
customElements.define("crm-names", class extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.names = this.querySelector("datalist");
    if (!this.input || this.list) return;
    this.list = Object.assign(document.createElement("ul"), { id: `${this.names.id}-list`, className: "names", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.input.dataset.offered);
    this.append(this.list);
    this.input.removeAttribute("list");
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id })) this.input.setAttribute(name, value);
    this.watcher = new MutationObserver(() => this.offer());
    this.watcher.observe(this.names, { childList: true });
    this.input.addEventListener("keydown", (event) => this.walk(event));
    this.input.addEventListener("input", () => this.rename(false));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take(event.target.closest("li")));
  }

  disconnectedCallback() {
    this.watcher?.disconnect();
  }

  // Is the name that stands there one of somebody new?
  rename(isNew) {
    const name = this.input.dataset.newAs;
    if (!name) return;
    this.querySelector(`input[type=hidden][name="${name}"]`)?.remove();
    if (isNew) this.append(Object.assign(document.createElement("input"), { type: "hidden", name, value: "1" }));
  }

  // Where several go into one line, apart by commas, the last is the one being typed.
  get typed() {
    const { value, dataset } = this.input;
    return (dataset.many === undefined ? value : value.split(/[,;]/).at(-1)).trim();
  }

  offer() {
    const { typed } = this;
    if (document.activeElement !== this.input || !typed) return this.close();
    const rows = [...this.names.options].map((option) => this.row(option.value, option.textContent));
    if (this.input.dataset.new) {
      const row = this.row(typed, "", this.input.dataset.new.replace("…", typed));
      row.dataset.isNew = "true";
      rows.push(row);
    }
    this.list.replaceChildren(...rows);
    this.list.hidden = !rows.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.list.scrollIntoView({ block: "nearest" });
    this.point(null);
  }

  row(value, more, said = value) {
    const row = Object.assign(document.createElement("li"), { id: `${this.list.id}-${this.count = (this.count ?? 0) + 1}`, textContent: said });
    row.setAttribute("role", "option");
    row.dataset.value = value;
    if (more.trim()) row.append(" ", Object.assign(document.createElement("small"), { textContent: more }));
    return row;
  }

  get at() {
    return this.list.querySelector("[aria-selected=true]");
  }

  point(row) {
    this.at?.setAttribute("aria-selected", "false");
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.input.setAttribute("aria-activedescendant", row.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  walk(event) {
    if (this.list.hidden) return;
    const rows = [...this.list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.point(rows[(rows.indexOf(this.at) + step + rows.length + (this.at || step > 0 ? 0 : 1)) % rows.length]);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.at) this.take(this.at);
    else return;
    event.preventDefault();
  }

  take(row) {
    if (!row) return;
    const { input } = this;
    if (input.dataset.many === undefined) input.value = row.dataset.value;
    else {
      input.value = input.value.replace(/\s*[^,;]*$/, (_last, at) => `${at ? " " : ""}${row.dataset.value}, `);
      input.dispatchEvent(new InputEvent("input", { bubbles: true })); // it is kept as what is typed is
    }
    this.rename(row.dataset.isNew === "true");
    this.close();
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.point(null);
  }
});
