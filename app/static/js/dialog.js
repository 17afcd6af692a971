// What is asked over the page: the palette, the keys, signing in again. Esc returns to the exact place.
customElements.define("crm-dialog", class extends HTMLElement {
  connectedCallback() {
    const dialog = this.querySelector("dialog");
    const opener = document.activeElement;
    dialog.addEventListener("close", () => {
      this.dispatchEvent(new CustomEvent("crm:dialog-left", { bubbles: true }));
      this.remove();
      if (opener?.isConnected) opener.focus({ preventScroll: true });
    });
    dialog.addEventListener("click", (event) => {
      const isBeside = event.target === dialog && !this.hasAttribute("data-question");
      if (isBeside || event.target.closest("[data-close]")) dialog.close();
    });
    dialog.showModal();
  }
});

// Signed in again: the question is answered.
document.addEventListener("crm:signed-in", () => {
  document.querySelector("#sign-in-form")?.closest("dialog")?.close();
});
