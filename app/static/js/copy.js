// An address that is shown once is copied with one press.
customElements.define("crm-copy", class extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.onclick = async () => {
      await navigator.clipboard.writeText(this.querySelector("input").value);
      document.dispatchEvent(new CustomEvent("say", { detail: { value: button.dataset.copied } }));
      button.lastChild.textContent = button.dataset.copied;
    };
  }
});
