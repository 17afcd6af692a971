// The shape of what is on its way, only in the block that waits and only once it has waited.
const WAITS = 300;

customElements.define("crm-bones", class extends HTMLElement {
  connectedCallback() {
    this.timer = setTimeout(() => {
      this.setAttribute("role", "status");
      this.setAttribute("aria-busy", "true");
      this.setAttribute("aria-label", this.dataset.word);
      for (let line = 0; line < Number(this.dataset.lines); line += 1) {
        const bone = this.appendChild(document.createElement("span"));
        bone.className = `bone w${3 - (line % 3)}`;
      }
    }, WAITS);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }
});

// A page that is on its way shows a moving line under the bar, after the same moment.
let timer;
const bar = () => document.querySelector(".bar");
document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx.target !== document.body) return;
  clearTimeout(timer);
  timer = setTimeout(() => bar()?.setAttribute("aria-busy", "true"), WAITS);
});
document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail.ctx.target !== document.body) return;
  clearTimeout(timer);
  bar()?.removeAttribute("aria-busy");
});
