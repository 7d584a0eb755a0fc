
"use strict";
(() => {
  const AT_ONCE = 200;
  const data = JSON.parse(document.getElementById("plan-data").textContent);
  const { people, places } = data;
  const KINDS = ["add", "change", "remove"];
  const SIGNS = ["+", "~", "−"];
  const NOBODY = ["nobody may", "the vendor's API"];
  const steps = data.steps.map((row) => ({
    id: row[0], place: row[1], kind: row[2], what: row[3], details: row[4], needs: row[5],
    doer: row[6], may: row[7], concerned: row[8], manual: row[9], role: row[10],
  }));
  const byId = new Map(steps.map((step) => [step.id, step]));
  const find = (id) => document.getElementById(id);
  const form = find("filter"), rows = find("rows"), count = find("count");
  const fields = Object.fromEntries(["words", "place", "person", "kind", "doer"].map((id) => [id, find(id)]));
  let matching = steps;
  let shown = 0;

  const make = (tag, text, more = {}) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    for (const [name, value] of Object.entries(more)) element.setAttribute(name, value);
    return element;
  };

  const cell = (label) => make("td", undefined, { role: "cell", "data-label": label });

  const rowOf = (step) => {
    const row = make("tr", undefined, { id: `step-${step.id}`, role: "row", tabindex: "-1" });
    row.append(make("th", step.id, { scope: "row", role: "rowheader", class: "number" }));
    const kind = cell("Kind");
    kind.append(make("span", `${SIGNS[step.kind]} ${KINDS[step.kind]}`, { class: `kind ${KINDS[step.kind]}` }));
    const where = cell("Where");
    where.textContent = places[step.place];
    const what = cell("What");
    what.append(step.what);
    for (const line of step.details) what.append(make("span", line, { class: "detail" }));
    const needs = cell("Needs");
    step.needs.forEach((id, index) => {
      if (index) needs.append(", ");
      needs.append(make("a", id, { href: `#step-${id}`, "aria-label": `step ${id}` }));
    });
    const who = cell("Who does it");
    who.textContent = step.doer < 0 ? NOBODY[-1 - step.doer] : people[step.doer];
    const others = step.may.filter((person) => person !== step.doer);
    if (others.length) {
      const names = others.slice(0, 3).map((person) => people[person]).join(", ");
      const more = others.length > 3 ? ` and ${others.length - 3} more` : "";
      who.append(make("span", `or ${names}${more}`, { class: "detail" }));
    }
    row.append(kind, where, what, needs, who);
    return row;
  };

  const show = (upTo) => {
    const fresh = document.createDocumentFragment();
    for (const step of matching.slice(shown, upTo)) fresh.append(rowOf(step));
    rows.append(fresh);
    shown = Math.max(shown, Math.min(upTo, matching.length));
    find("more").hidden = shown >= matching.length;
    const total = steps.length.toLocaleString("en");
    const some = matching.length.toLocaleString("en");
    const of = matching.length === steps.length ? `${total} step${steps.length === 1 ? "" : "s"}` : `${some} of ${total} steps match`;
    count.textContent = shown < matching.length ? `${of}; the first ${shown.toLocaleString("en")} are shown.` : `${of}.`;
  };

  const textOf = (step) => {
    step.text ??= [
      step.id, places[step.place], step.what, ...step.details, ...[...step.may, ...step.concerned].map((person) => people[person]),
    ].join("\n").toLowerCase();
    return step.text;
  };

  const hasKind = (step, kind) =>
    !kind || (kind === "role" ? step.role : kind === "manual" ? step.manual : KINDS[step.kind] === kind);

  const apply = () => {
    const words = fields.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const person = fields.person.value.trim().toLowerCase();
    const named = new Set();
    if (person) people.forEach((name, index) => { if (name.toLowerCase().includes(person)) named.add(index); });
    const place = fields.place.value, kind = fields.kind.value, doer = fields.doer.value;
    matching = steps.filter((step) =>
      (place === "" || step.place === Number(place)) && hasKind(step, kind) && (doer === "" || step.doer === Number(doer)) &&
      (!person || named.has(step.doer) || step.concerned.some((each) => named.has(each))) &&
      words.every((word) => textOf(step).includes(word)));
    rows.replaceChildren();
    shown = 0;
    show(AT_ONCE);
    for (const part of document.querySelectorAll("[data-place]"))
      part.hidden = place !== "" && !part.dataset.place.split(" ").includes(place);
  };

  const clear = (kind = "") => {
    for (const field of Object.values(fields)) field.value = "";
    fields.kind.value = kind;
    apply();
  };

  const reveal = (id) => {
    const step = byId.get(id);
    if (!step) return;
    if (!matching.includes(step)) clear();
    const index = matching.indexOf(step);
    if (index >= shown) show(index + 50);
    const row = find(`step-${id}`);
    row.focus();
    row.scrollIntoView({ block: "center" });
  };

  const fromAddress = () => {
    const match = /^#step-(\d+)$/.exec(location.hash);
    if (match) reveal(Number(match[1]));
  };

  const options = (field, entries) => {
    const list = document.createDocumentFragment();
    for (const [value, text] of entries) list.append(make("option", text, { value }));
    field.append(list);
  };

  options(fields.place, [...places.entries()].sort((one, other) => (one[1] < other[1] ? -1 : 1)));
  const doers = [...new Set(steps.map((step) => step.doer))].filter((person) => person >= 0);
  options(fields.doer, doers.map((person) => [person, people[person]]));
  fields.person.addEventListener("focus", () => options(find("people"), people.map((name) => [name])), { once: true });
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  find("clear").addEventListener("click", () => clear());
  const grow = (upTo) => {
    const before = shown;
    show(upTo);
    rows.children[before]?.focus();
  };
  find("some").addEventListener("click", () => grow(shown + AT_ONCE));
  find("all").addEventListener("click", () => grow(matching.length));
  for (const button of document.querySelectorAll("button[data-kind]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      clear(button.dataset.kind);
      find("steps").focus();
      find("steps").scrollIntoView();
    });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#step-"]');
    if (!link) return;
    event.preventDefault();
    history.replaceState(null, "", link.hash);
    fromAddress();
  });
  addEventListener("hashchange", fromAddress);
  addEventListener("beforeprint", () => {
    show(matching.length);
    for (const part of document.querySelectorAll("details:not([open])")) { part.open = true; part.dataset.closed = ""; }
  });
  addEventListener("afterprint", () => {
    for (const part of document.querySelectorAll("details[data-closed]")) { part.open = false; delete part.dataset.closed; }
  });

  form.hidden = steps.length === 0;
  find("table-of-steps").hidden = steps.length === 0;
  apply();
  if (steps.length === 0) count.textContent = "No steps.";
  fromAddress();
})();
