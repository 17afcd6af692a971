// The box for writing: files come by drop, by paste and from the picker, and go up while one types. Without it the box is a plain form.

customElements.define("crm-compose", class extends HTMLElement {
  connectedCallback() {
    this.onchange = (event) => this.changed(event.target);
    this.oninput = (event) => event.target.matches(".line-of input") && this.offer();
    this.onclick = (event) => this.opened(event);
    this.onkeydown = (event) => this.entered(event);
    this.onpaste = (event) => this.paste(event);
    this.addEventListener("submit", this.hold = (event) => this.wait(event), true);
    document.addEventListener("htmx:after:swap", this.filled = ({ detail: { ctx } }) => this.show(ctx));
    this.drops = { dragover: (event) => this.over(event), dragleave: (event) => this.out(event), drop: (event) => this.drop(event) };
    for (const [name, does] of Object.entries(this.drops)) document.addEventListener(name, does);
    this.offer();
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this.hold, true);
    document.removeEventListener("htmx:after:swap", this.filled);
    for (const [name, does] of Object.entries(this.drops)) document.removeEventListener(name, does);
  }

  // What the box is open for: a note, a word exchanged, a mail, a step to plan.
  get kind() {
    return this.querySelector("[name=kind]:checked").value;
  }

  // What is seen of it then; a part that was never open is on its way.
  get part() {
    return this.partFor(this.kind);
  }

  partFor(kind) {
    return this.querySelector({ mail: ".mailing", plan: ".plan" }[kind] ?? ".words:not(.mailing)");
  }

  get form() {
    return this.partFor(this.kind === "mail" ? "mail" : "note");
  }

  changed(field) {
    if (field.type === "file") {
      this.take(field.files);
      field.value = "";
    } else if (field.name === "stored") this.keep(field.form);
    else if (field.name === "kind") this.hint();
  }

  // One box for notes and for words exchanged says what it is open for.
  hint() {
    const text = this.querySelector(".words:not(.mailing) textarea");
    text.placeholder = text.dataset[this.kind === "word" ? "hintWord" : "hintNote"];
  }

  // Only whom it does not go to yet is offered.
  offer() {
    const lines = [...this.querySelectorAll(".line-of input")].map((line) => line.value).join(" ");
    const named = new Set(lines.toLowerCase().split(/[\s,;<>]+/));
    for (const chip of this.querySelectorAll("[data-add]")) chip.hidden = named.has((/<([^<>]*)>$/.exec(chip.value)?.[1] ?? chip.value).toLowerCase());
  }

  // The files are a draft, as the words are.
  keep(form) {
    const field = form.querySelector("[data-holds-files]");
    field.value = [...form.querySelectorAll("[name=stored]:checked")].map(({ value }) => value).join("\n");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  // A click, or Enter, on a tab goes on to what it opens; arrows only walk from tab to tab.
  opened(event) {
    const { target } = event;
    const button = target.closest("[data-add], [data-text]");
    const refused = target.closest("[data-leave-out-this]");
    if (refused) refused.closest("li").remove();
    else if (button) {
      event.preventDefault();
      event.stopPropagation();
      this.put(button);
    } else if (target.closest(".tabs-line label") && !target.matches("input")) setTimeout(() => this.begin());
  }

  // In a line of a mail Enter goes on to the next, as in mail programs.
  entered(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const { target } = event;
    if (target.name === "kind") this.begin();
    else if (target.matches(".line-of input")) {
      const lines = [...this.form.querySelectorAll(".line-of input, .mail-sheet > textarea")];
      lines[lines.indexOf(target) + 1].focus();
    } else return;
    event.preventDefault();
  }

  begin() {
    if (this.part.matches(".later")) return this.await();
    if (this.kind === "plan") return this.querySelector(".plan select").focus();
    const empty = [...this.form.querySelectorAll(".line-of input")].find((line) => line.name === "to" && !line.value);
    (empty ?? this.form.querySelector("textarea")).focus();
  }

  // What is typed before the part has come is typed into it.
  await() {
    const place = this.part.querySelector("textarea") ?? this.part.appendChild(document.createElement("textarea"));
    place.className = "sr";
    place.setAttribute("aria-label", this.part.querySelector("a").textContent);
    place.focus();
    this.awaited = { kind: this.kind, place };
  }

  arrived() {
    if (!this.awaited || this.awaited.place.isConnected) return;
    const { kind, place } = this.awaited;
    this.awaited = undefined;
    if (kind !== this.kind) return;
    this.begin();
    const field = document.activeElement;
    if (!place.value || !field.matches("input, textarea")) return;
    field.setRangeText(place.value, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  // One more recipient; or what the case says, where one writes.
  put(button) {
    const { dataset: { add, text }, value } = button;
    const field = document.getElementById(add ?? "mail-text");
    if (add) field.value = [field.value.replace(/[\s,;]+$/, ""), value].filter(Boolean).join(", ");
    else field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    field.focus();
  }

  // Something was put into the mail, from here or from the history: the box is open for it.
  show(ctx) {
    this.mark();
    this.offer();
    this.arrived();
    this.sendHeld();
    const letter = this.querySelector(".mail-sheet");
    if (!letter || ctx.response?.status !== 200 || !ctx.sourceElement?.closest?.("[hx-target$='-letter']")) return;
    this.querySelector("[name=kind][value=mail]").checked = true;
    const text = letter.querySelector("textarea");
    text.focus();
    text.setSelectionRange(0, 0);
    // What was typed before may still be on its way to be kept: this is what stands there now.
    text.dispatchEvent(new InputEvent("input", { bubbles: true }));
    this.scrollIntoView({ block: "nearest" });
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

  // Beside the box is the list of all files, which takes some by itself.
  listed(event) {
    return event.target.closest?.(".panel")?.querySelector("form[enctype] input[type=file]");
  }

  over(event) {
    if (!this.carries(event)) return;
    event.preventDefault();
    this.classList.toggle("dropping", !this.listed(event));
  }

  out(event) {
    if (!event.relatedTarget) this.classList.remove("dropping");
  }

  drop(event) {
    this.classList.remove("dropping");
    if (!this.carries(event)) return;
    event.preventDefault();
    const list = this.listed(event);
    if (list) {
      list.files = event.dataTransfer.files;
      return list.form.requestSubmit();
    }
    if (this.kind === "plan") this.querySelector("[name=kind][value=note]").click();
    this.take(event.dataTransfer.files);
  }

  // Files wait for the part that they were meant for, whatever the box is open for by the time it has come.
  take(files, kind = this.kind) {
    if (this.partFor(kind).matches(".later")) this.held = { kind, files: [...this.held?.files ?? [], ...files] };
    else for (const file of files) this.send(file, kind);
  }

  sendHeld() {
    if (!this.held || this.partFor(this.held.kind).matches(".later")) return;
    const { kind, files } = this.held;
    this.held = undefined;
    this.take(files, kind);
  }

  send(file, kind) {
    const row = this.partFor(kind).querySelector(".files").appendChild(document.createElement("li"));
    if (file.size > Number(this.dataset.largest)) return this.refuse(row, file, this.dataset.large);
    row.className = "going";
    this.name(row, file);
    this.carry(row, file);
  }

  name(row, file) {
    const label = row.appendChild(document.createElement("span"));
    label.className = "file";
    label.textContent = file.name;
    const progress = label.appendChild(document.createElement("progress"));
    progress.setAttribute("aria-label", file.name);
  }

  carry(row, file, isSecondTry = false) {
    const list = row.parentElement;
    const request = new XMLHttpRequest();
    const progress = row.querySelector("progress");
    request.upload.onprogress = ({ loaded, total }) => { progress.max = total; progress.value = loaded; };
    request.onload = () => {
      const fresh = request.getResponseHeader("X-CSRFToken");
      if (request.status === 400 && fresh && !isSecondTry) {
        document.dispatchEvent(new CustomEvent("crm:token", { detail: fresh }));
        return this.carry(row, file, true);
      }
      if ([200, 422].includes(request.status)) {
        row.outerHTML = request.response;
        this.mark();
        this.keep(list.closest("form"));
      } else this.refuse(row, file, { 401: this.dataset.signedOut, 413: this.dataset.large }[request.status] ?? this.dataset.broken);
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
    this.mark();
  }

  // What was refused goes from the list by a button of its own.
  mark() {
    for (const row of this.querySelectorAll(".files li:has(.wrong):not(:has(button))")) {
      const button = row.appendChild(document.createElement("button"));
      button.type = "button";
      button.className = "btn ghost s";
      button.dataset.leaveOutThis = "";
      button.textContent = this.dataset.leaveOut;
    }
  }

  // Sent before its files have arrived, the note waits for them; with one that was refused it does not go before
  // somebody has seen that.
  wait(event) {
    const { target } = event;
    if (!target.matches(".words") || !target.querySelector(".going, .files .wrong")) return;
    const isSent = !event.submitter?.hasAttribute("formaction");
    if (!target.querySelector(".going") && !isSent) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!target.querySelector(".going")) return target.querySelector("[data-leave-out-this]").focus();
    this.waits = event.submitter ?? event.target.querySelector("[data-send]");
    this.waits.setAttribute("aria-busy", "true");
  }

  goOn() {
    const { waits } = this;
    if (!waits || waits.form.querySelector(".files .going")) return;
    waits.removeAttribute("aria-busy");
    this.waits = undefined;
    if (!waits.form.querySelector(".files .wrong")) waits.form.requestSubmit();
  }
});
