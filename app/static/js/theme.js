// Light or dark shows at once; the server keeps it, so that the next page begins with it.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-theme-switch] button");
  if (!button) return;
  if (button.value) document.documentElement.dataset.theme = button.value;
  else delete document.documentElement.dataset.theme;
});
