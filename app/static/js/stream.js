function replace(line, newer) {
  const { key } = line.querySelector(".again [data-key]")?.dataset ?? {};
  if (key) newer.querySelector(".again button")?.setAttribute("data-key", key);
  line.remove();
}

// What is new in a history arrives under a heading of its own; where that day has one already, they become one.
document.addEventListener("htmx:after:swap", () => {
  for (const day of document.querySelectorAll(".history .day[data-day]")) {
    const stream = day.nextElementSibling;
    const older = stream?.nextElementSibling;
    if (!older?.matches(".day") || older.dataset.day !== day.dataset.day) continue;
    stream.append(...older.nextElementSibling.children);
    older.nextElementSibling.remove();
    older.remove();
  }
  // A line that one's own act has added may come once more with those of others, and then stands where it belongs, with
  // the key that takes it back; but not away from under the focus.
  const known = new Map();
  for (const line of document.querySelectorAll(".history .ev[id]")) {
    const newer = known.get(line.id);
    if (newer && line.contains(document.activeElement)) newer.remove();
    else if (newer) replace(line, newer);
    known.set(line.id, line.isConnected ? line : newer);
  }
});
