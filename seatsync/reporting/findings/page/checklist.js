
"use strict";
(() => {
  const LONGEST = 7000;
  const find = (id) => document.getElementById(id);
  const list = find("checklist");
  const { key, command } = list.dataset;
  const boxes = [...list.querySelectorAll("input[data-case]")];
  const entries = [...list.querySelectorAll(".entry")].map((element) => ({
    element,
    all: element.querySelector("input[data-all]"),
    own: [...element.querySelectorAll("input[data-case]")],
  }));

  // A browser may refuse to keep anything: a private window, a policy, a sandbox.
  const read = () => {
    try { return new Set(JSON.parse(localStorage.getItem(key) ?? "[]")); } catch { return null; }
  };
  const keep = () => {
    try {
      localStorage.setItem(key, JSON.stringify(boxes.filter((box) => box.checked).map((box) => box.dataset.case)));
      return true;
    } catch { return false; }
  };

  const commands = () => {
    const lines = [];
    let line = command;
    for (const box of boxes) {
      if (!box.checked) continue;
      if (line.length + box.dataset.case.length >= LONGEST) { lines.push(line); line = command; }
      line += ` ${box.dataset.case}`;
    }
    return line === command ? lines : [...lines, line];
  };

  const missing = () => {
    const left = new Set(boxes.filter((box) => !box.checked).map((box) => box.dataset.case));
    const found = [];
    for (const box of boxes) {
      if (!box.checked) continue;
      const first = box.dataset.needs.split(" ").filter((need) => left.has(need));
      if (first.length) found.push(`${box.dataset.case} needs ${first.join(", ")}`);
    }
    const more = found.length > 5 ? ` and ${found.length - 5} more` : "";
    return found.length ? `Not ticked, but needed: ${found.slice(0, 5).join("; ")}${more}.` : "";
  };

  const show = () => {
    let done = 0;
    for (const { element, all, own } of entries) {
      const ticked = own.filter((box) => box.checked).length;
      const whole = ticked === own.length;
      done += whole;
      element.classList.toggle("ticked", whole);
      if (all) { all.checked = whole; all.indeterminate = ticked > 0 && !whole; }
    }
    const cases = boxes.filter((box) => box.checked).length;
    const more = boxes.length > entries.length ? ` (${cases} of ${boxes.length} cases)` : "";
    find("bar").max = Math.max(boxes.length, 1);
    find("bar").value = cases;
    const state = `${done} of ${entries.length} entries done${more}.`;
    find("state").textContent = cases && cases === boxes.length ? `${state} Confirm them with the command at the end.` : state;
    find("command").textContent = commands().join("\n") || "Nothing is ticked yet.";
    find("copy").hidden = cases === 0;
    find("copied").textContent = "";
    find("missing").textContent = missing();
  };

  const load = () => {
    const ticked = read();
    for (const box of boxes) box.checked = ticked?.has(box.dataset.case) ?? box.checked;
    show();
  };

  list.addEventListener("change", ({ target }) => {
    if (target.type !== "checkbox") return;
    if ("all" in target.dataset) {
      const { own } = entries.find((entry) => entry.all === target);
      for (const box of own) box.checked = target.checked;
    }
    show();
    find("kept").textContent = keep() ? "" : "This browser does not keep the boxes: leave the page open.";
  });

  find("copy").addEventListener("click", async () => {
    const text = find("command");
    try {
      await navigator.clipboard.writeText(text.textContent);
      find("copied").textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(text);
      find("copied").textContent = document.execCommand("copy") ? "Copied." : "Selected: copy it with the keyboard.";
    }
  });

  addEventListener("storage", (event) => { if (event.key === key) load(); });
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details:not([open])")) { part.open = true; part.dataset.closed = ""; }
  });
  addEventListener("afterprint", () => {
    for (const part of document.querySelectorAll("details[data-closed]")) { part.open = false; delete part.dataset.closed; }
  });

  find("progress").hidden = entries.length === 0;
  if (read() === null) find("kept").textContent = "This browser does not keep the boxes: leave the page open.";
  load();
})();
