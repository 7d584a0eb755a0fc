// Opens pages in one Chromium and writes its observations to standard output, as JSON; the tests check them.
//
//   node look.mjs JOBS.json     {"chromium": PATH, "pages": [{"name", "file", "shots"?, "large"?}],
//                               "uses": [{"file", "steps"}], "diagrams": [TEXT],
//                               "checklists": [{"file", "steps", "blocked"?, "plain"?}],
//                               "pictures": [{"file", "png", "width", "height"?, "scheme"?, "from"?, "opened"?}]}
//
// `shots` is a folder for pictures of a page in every view. A picture shows one view of the given width: all of it, or
// `height` pixels from the top or from the element that `from` selects. Elements that `opened` selects are expanded.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const find = createRequire(import.meta.url).resolve;
const AXE = readFileSync(find("axe-core/axe.min.js"), "utf8");
const MARGIN = { top: "12mm", bottom: "12mm", left: "12mm", right: "12mm" };
const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };

const jobs = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({ executablePath: jobs.chromium, args: ["--no-sandbox", "--disable-gpu"] });

/** A page that records its errors and requests. */
async function open(file, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const seen = { errors: [], requests: [] };
  page.on("console", (message) => seen.errors.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  const url = pathToFileURL(file).href;
  const start = performance.now();
  await page.goto(url, { waitUntil: "load" });
  seen.milliseconds = Math.round(performance.now() - start);
  seen.requests = seen.requests.filter((each) => each !== url);
  return { page, seen, close: () => context.close() };
}

async function violations(page) {
  // Through the debugger, because the page's own policy blocks everything else.
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run());
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}: ${node.failureSummary}`));
}

/** Observe one page: light with everything expanded, dark, narrow, and for printing. */
async function look({ name, file, shots, large }) {
  const seen = { name, violations: {}, errors: [], requests: [] };
  for (const [colorScheme, size] of [["light", "wide"], ...(large ? [] : [["dark", "wide"], ["light", "narrow"]])]) {
    const { page, seen: noted, close } = await open(file, { colorScheme, viewport: SIZES[size] });
    if (shots) await page.screenshot({ path: `${shots}/${name}-${colorScheme}-${size}.png`, fullPage: !large });
    seen.milliseconds = noted.milliseconds;
    if (size === "narrow") {
      seen.overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    } else {
      seen.rows = await page.locator("#rows tr").count();
      const counter = page.locator("#count, #state");
      seen.count = (await counter.count()) ? await counter.textContent() : null;
      await page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
    }
    if (!large) {
      seen.violations[`${colorScheme} ${size}`] = await violations(page);
      seen.text = await page.evaluate(() => document.body.innerText);
    }
    if (shots) await page.screenshot({ path: `${shots}/${name}-${colorScheme}-${size}-opened.png`, fullPage: !large });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    seen.printed = await page.locator("#rows tr").count();
    if (shots && colorScheme === "light") await page.pdf({ path: `${shots}/${name}.pdf`, format: "A4", margin: MARGIN });
    seen.errors.push(...noted.errors);
    seen.requests.push(...noted.requests);
    await close();
  }
  return seen;
}

/** Use the filters, by keyboard if a step requires it; a step is [action, …], the result is the text of the page. */
async function use({ file, steps }) {
  const { page, seen, close } = await open(file, { viewport: SIZES.wide });
  const answers = [];
  for (const [what, target, value] of steps) {
    if (what === "fill") await page.fill(target, value);
    if (what === "select") await page.selectOption(target, { label: value });
    if (what === "click") await page.click(target);
    if (what === "press") await page.keyboard.press(target);
    if (what === "open") await page.evaluate((hash) => { location.hash = hash; }, target);
    // Handlers run after their events: wait for two frames, not for a fixed time.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    answers.push(await page.evaluate(() => ({
      count: document.getElementById("count").textContent,
      first: [...document.querySelectorAll("#rows tr th")].slice(0, 5).map((cell) => Number(cell.textContent)),
      rows: document.querySelectorAll("#rows tr").length,
      focus: document.activeElement.id || document.activeElement.className || document.activeElement.tagName,
      hidden: [...document.querySelectorAll("[data-place]")].filter((part) => part.hidden).length,
    })));
  }
  await close();
  return { answers, errors: seen.errors };
}

/** Use a checklist; a step is [action, target]. `blocked`: nothing can be stored; `plain`: without JavaScript. */
async function tick({ file, steps, blocked, plain }) {
  const { page, seen, close } = await open(file, { viewport: SIZES.wide, javaScriptEnabled: !plain });
  const text = async (selector) => (await page.locator(selector).count()) ? page.locator(selector).innerText() : null;
  const answers = [];
  if (blocked) {
    await page.addInitScript(() => {
      Object.defineProperty(window, "localStorage", { get() { throw new Error("blocked"); } });
    });
    await page.reload();
  }
  for (const [what, target] of steps) {
    if (what === "click") await page.click(target);
    if (what === "press") await page.keyboard.press(target);
    if (what === "focus") await page.focus(target);
    if (what === "open") await page.click(`${target} summary`);
    if (what === "reload") await page.reload();
    if (what === "print") await page.emulateMedia({ media: "print" });
    answers.push({
      state: await text("#state"),
      command: await text("#command"),
      missing: await text("#missing"),
      kept: await text("#kept"),
      copied: await text("#copied"),
      ticked: await page.locator("input:checked").evaluateAll((boxes) => boxes.map((box) => box.id)),
      some: await page.locator("input:indeterminate").evaluateAll((boxes) => boxes.map((box) => box.id)),
    });
  }
  const body = await page.locator("body").innerText();
  const requests = seen.requests.filter((each) => each !== page.url());
  await close();
  return { answers, body, errors: seen.errors, requests };
}

async function draw(diagrams) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.setContent("<!doctype html><title>diagrams</title><body></body>");
  await page.addScriptTag({ path: find("mermaid/dist/mermaid.min.js") });
  const drawn = [];
  for (const text of diagrams) {
    drawn.push(await page.evaluate(async ([source, number]) => {
      window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
      try {
        const { svg } = await window.mermaid.render(`diagram${number}`, source);
        const picture = new DOMParser().parseFromString(svg, "text/html");
        const labels = [...picture.querySelectorAll(".nodeLabel")].map((label) => label.textContent);
        const foreign = picture.querySelectorAll("script, img, a, iframe, b, i, ul, h1").length;
        return { labels, foreign };
      } catch (error) {
        return { error: String(error) };
      }
    }, [text, drawn.length]));
  }
  await context.close();
  return drawn;
}

/** Take one picture of a page, with diagrams rendered as by a git host. */
async function picture({ file, png, width, height, scheme, from, opened }) {
  const viewport = { width, height: height ?? 900 };
  const { page, close } = await open(file, { colorScheme: scheme ?? "light", viewport });
  if (await page.locator("pre[lang=mermaid]").count()) {
    await page.addScriptTag({ path: find("mermaid/dist/mermaid.min.js") });
    await page.evaluate(async (dark) => {
      window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: dark ? "dark" : "default" });
      await window.mermaid.run({ querySelector: "pre[lang=mermaid] code" });
    }, scheme === "dark");
  }
  if (opened) await page.locator(opened).first().evaluate((part) => { part.open = true; });
  const top = from ? await page.locator(from).evaluate((part) => part.getBoundingClientRect().top + scrollY) : 0;
  const clip = { x: 0, y: Math.max(0, Math.round(top) - 16), width, height };
  await page.screenshot({ path: png, fullPage: true, ...(height ? { clip } : {}) });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await close();
  return { overflow };
}

const answer = { pages: [], uses: [], checklists: [], diagrams: [], pictures: [] };
for (const page of jobs.pages ?? []) answer.pages.push(await look(page));
for (const each of jobs.uses ?? []) answer.uses.push(await use(each));
for (const each of jobs.checklists ?? []) answer.checklists.push(await tick(each));
for (const each of jobs.pictures ?? []) answer.pictures.push(await picture(each));
if (jobs.diagrams?.length) answer.diagrams = await draw(jobs.diagrams);
await browser.close();
process.stdout.write(JSON.stringify(answer));
