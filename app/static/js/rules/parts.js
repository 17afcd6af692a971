// A list of boxes behind a summary says what is ticked in it, and closes when one goes elsewhere.
customElements.define("crm-pick", class extends HTMLElement {
  connectedCallback() {
    this.onchange = () => this.say();
    this.onkeydown = (event) => {
      if (event.key !== "Escape" || !this.box.open) return;
      event.preventDefault();
      event.stopPropagation();
      this.box.open = false;
      this.box.querySelector("summary").focus();
    };
    this.onfocusout = (event) => {
      if (event.relatedTarget && !this.contains(event.relatedTarget)) this.box.open = false;
    };
    this.leave = (event) => {
      if (!this.contains(event.target)) this.box.open = false;
    };
    document.addEventListener("pointerdown", this.leave);
  }

  disconnectedCallback() {
    document.removeEventListener("pointerdown", this.leave);
  }

  get box() {
    return this.querySelector("details");
  }

  say() {
    const words = [...this.querySelectorAll("input:checked")].map((each) => each.nextElementSibling.textContent);
    const said = this.querySelector("summary span");
    said.textContent = words.join(", ") || said.dataset.none;
  }
});

// A word of the list goes where one was typing in this row, or to the end of its last text.
let typedIn;
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("textarea, input.input")) typedIn = event.target;
});

customElements.define("crm-words", class extends HTMLElement {
  connectedCallback() {
    this.onclick = (event) => {
      const word = event.target.closest("[data-word]")?.dataset.word;
      if (!word) return;
      const row = this.closest(".cond");
      const field = row.contains(typedIn) ? typedIn : [...row.querySelectorAll("textarea, input.input")].at(-1);
      field.setRangeText(word, field.selectionStart, field.selectionEnd, "end");
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
  }
});

// What was asked before the rows changed must not be answered after: it would tell of them as they were.
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const steps = ctx.target?.id === "rule" && ctx.target.querySelector(".rule-steps");
  if (steps && steps !== ctx.sourceElement) steps.dispatchEvent(new Event("htmx:abort"));
});
