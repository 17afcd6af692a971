// A page that needs more script names it: <main data-script="…">. A boosted page brings no head, so it is fetched here, once.
function bring() {
  for (const { dataset } of document.querySelectorAll("[data-script]")) {
    const known = [...document.scripts].some((script) => script.getAttribute("src") === dataset.script);
    if (!known) document.head.append(Object.assign(document.createElement("script"), { src: dataset.script }));
  }
}

bring();
document.addEventListener("htmx:after:swap", bring);
