// The box for writing: files come by drop, by paste and from the picker, and go up while one types. Without it the box is a plain form.

customElements.define("crm-compose", class extends HTMLElement {
  connectedCallback() {
    this.onchange = (event) => this.picked(event.target);
    this.onclick = (event) => this.opened(event);
    this.onkeydown = (event) => this.entered(event);
    this.onpaste = (event) => this.paste(event);
    this.addEventListener("submit", this.hold = (event) => this.wait(event), true);
    this.drops = { dragover: (event) => this.over(event), dragleave: (event) => this.out(event), drop: (event) => this.drop(event) };
    for (const [name, does] of Object.entries(this.drops)) document.addEventListener(name, does);
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this.hold, true);
    for (const [name, does] of Object.entries(this.drops)) document.removeEventListener(name, does);
  }

  get list() {
    return this.querySelector(".words > .files");
  }

  picked(field) {
    if (field.type !== "file") return;
    this.take(field.files);
    field.value = "";
  }

  // A click, or Enter, on a tab goes on to what it opens; arrows only walk from tab to tab.
  opened({ target }) {
    if (target.closest(".tabs-line label") && !target.matches("input")) setTimeout(() => this.begin());
  }

  entered(event) {
    if (event.key !== "Enter" || event.target.name !== "kind" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.begin();
  }

  begin() {
    const isPlan = this.querySelector("[name=kind]:checked").value === "plan";
    this.querySelector(isPlan ? ".plan select" : ".words textarea").focus();
  }

  paste(event) {
    const { files } = event.clipboardData;
    if (!files.length || !event.target.closest(".words")) return;
    event.preventDefault();
    this.take([...files].map((file) => {
      const isNameless = file.type.startsWith("image/") && /^image\.\w+$/.test(file.name);
      return isNameless ? new File([file], `${this.dataset.pasted}.${file.name.split(".").pop()}`, file) : file;
    }));
  }

  carries(event) {
    return event.dataTransfer?.types.includes("Files") && !event.target.closest?.("input[type=file]");
  }

  over(event) {
    if (!this.carries(event)) return;
    event.preventDefault();
    this.classList.add("dropping");
  }

  out(event) {
    if (!event.relatedTarget) this.classList.remove("dropping");
  }

  drop(event) {
    this.classList.remove("dropping");
    if (!this.carries(event)) return;
    event.preventDefault();
    const tab = this.querySelector("[name=kind][value=plan]:checked") && this.querySelector("[name=kind][value=note]");
    tab?.click();
    this.take(event.dataTransfer.files);
  }

  take(files) {
    for (const said of this.list.querySelectorAll("li:has(.wrong)")) said.remove();
    for (const file of files) this.send(file);
  }

  send(file) {
    const row = this.list.appendChild(document.createElement("li"));
    if (file.size > Number(this.dataset.largest)) return this.refuse(row, file, this.dataset.large);
    row.className = "going";
    this.show(row, file);
    this.carry(row, file);
  }

  show(row, file) {
    const label = row.appendChild(document.createElement("span"));
    label.className = "file";
    label.textContent = file.name;
    const progress = label.appendChild(document.createElement("progress"));
    progress.setAttribute("aria-label", file.name);
  }

  carry(row, file, isSecondTry = false) {
    const request = new XMLHttpRequest();
    const progress = row.querySelector("progress");
    request.upload.onprogress = ({ loaded, total }) => { progress.max = total; progress.value = loaded; };
    request.onload = () => {
      const fresh = request.getResponseHeader("X-CSRFToken");
      if (request.status === 400 && fresh && !isSecondTry) {
        document.dispatchEvent(new CustomEvent("crm:token", { detail: fresh }));
        return this.carry(row, file, true);
      }
      if ([200, 422].includes(request.status)) row.outerHTML = request.response;
      else this.refuse(row, file, { 401: this.dataset.signedOut, 413: this.dataset.large }[request.status] ?? this.dataset.broken);
      this.goOn();
    };
    request.onerror = () => { this.refuse(row, file, this.dataset.broken); this.goOn(); };
    const body = new FormData();
    body.set("file", file, file.name);
    request.open("POST", this.dataset.files);
    const headers = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
    for (const [name, value] of Object.entries({ ...headers, "HX-Request": "true", "HX-Request-Type": "partial" })) request.setRequestHeader(name, value);
    request.send(body);
  }

  refuse(row, file, sentence) {
    row.className = "";
    row.innerHTML = '<p class="wrong" role="alert"></p>';
    row.firstChild.textContent = `${file.name}: ${sentence}`;
  }

  // Sent before its files have arrived, the note waits for them.
  wait(event) {
    if (!event.target.matches(".words") || !this.list.querySelector(".going")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.waits = event.submitter ?? event.target.querySelector(".foot button");
    this.waits.setAttribute("aria-busy", "true");
  }

  goOn() {
    if (!this.waits || this.list.querySelector(".going")) return;
    this.waits.removeAttribute("aria-busy");
    const form = this.waits.form;
    this.waits = undefined;
    if (!this.list.querySelector(".wrong")) form.requestSubmit();
  }
});
