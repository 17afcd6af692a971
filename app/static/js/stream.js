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
  // A line that one's own act has added may come once more with those of others: above it, where it now stands.
  const known = new Set();
  for (const line of document.querySelectorAll(".history .ev[id]")) {
    if (known.has(line.id)) line.remove();
    known.add(line.id);
  }
});
