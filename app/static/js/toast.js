// What just happened, and the way back. It leaves after ten seconds, not while one points at it or is in it.
const STAYS = 10000;

customElements.define("crm-toast", class extends HTMLElement {
  connectedCallback() {
    for (const older of this.parentElement.querySelectorAll("crm-toast")) if (older !== this) older.remove();
    this.addEventListener("click", (event) => event.target.closest("[data-close]") && this.remove());
    if (this.hasAttribute("data-stays")) return;
    for (const name of ["pointerenter", "focusin"]) this.addEventListener(name, () => clearTimeout(this.timer));
    for (const name of ["pointerleave", "focusout"]) this.addEventListener(name, () => this.wait());
    this.wait();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.remove(), STAYS);
  }
});

// A request failed: say so and stay until it is tried again (where that may help) or put away.
document.addEventListener("crm:failed", (event) => {
  const toast = document.getElementById("failure").content.firstElementChild.cloneNode(true);
  toast.querySelector("span").textContent = event.detail.sentence;
  const again = toast.querySelector("[data-again]");
  if (!event.detail.again) again.remove();
  again.addEventListener("click", () => {
    toast.remove();
    event.detail.again();
  });
  document.querySelector("#toasts crm-toast")?.remove();
  (document.getElementById("alerts") ?? document.body).append(toast);
});
