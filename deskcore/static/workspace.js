// The workspace: the keys of an agent, the rows of a queue, the composer, and times that stay fresh.
import { openMenu, start, typing, visible } from "./shared.js";

const root = document.documentElement;

/* ---- pressing what is on the page: a visible control carries its key in aria-keyshortcuts ---- */

const controlsFor = (key) => document.querySelectorAll(`[aria-keyshortcuts~="${CSS.escape(key)}"]`);

/** Press, open or focus the first visible control with this key; tell whether there was one. */
function press(key) {
  const control = [...controlsFor(key)].find(visible);
  if (!control || control.getAttribute("aria-busy") === "true") return false;
  if (control.matches("summary")) {
    control.parentElement.open = true;
    const first = control.parentElement.querySelector("[data-menu-filter], .pop a, .pop button, .pop select, .pop input");
    requestAnimationFrame(() => first?.focus());
  } else if (control.matches("input, textarea, select")) {
    control.focus();
    control.select?.();
  } else {
    control.click();
  }
  return true;
}

/* ---- rows of a queue ---- */

const table = document.querySelector("table[data-rows]");
const rows = () => [...table.tBodies[0].rows];
const boxOf = (row) => row?.querySelector("input[type=checkbox]");
let cursor = null;
let anchor = null;

function moveTo(row) {
  if (!row) return;
  cursor?.classList.remove("cursor");
  cursor = row;
  row.classList.add("cursor");
  row.querySelector("a.subj")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  moveTo(cursor ? all[all.indexOf(cursor) + by] : all[0]);
}

function tick(row, on) {
  const box = boxOf(row);
  if (!box) return;
  box.checked = on ?? !box.checked;
  anchor = row;
  count();
}

/** Tick everything from the last ticked row to this one. */
function tickRange(row) {
  const all = rows();
  const [from, to] = [all.indexOf(anchor ?? row), all.indexOf(row)].sort((a, b) => a - b);
  for (const each of all.slice(Math.max(from, 0), to + 1)) boxOf(each).checked = true;
  anchor = row;
  count();
}

function tickAll(on) {
  for (const row of rows()) if (boxOf(row)) boxOf(row).checked = on;
  count();
}

/** Bring the bulk bar, the row tint and the box in the head up to date. */
function count() {
  const all = rows();
  const ticked = all.filter((row) => boxOf(row)?.checked);
  for (const row of all) row.classList.toggle("sel", ticked.includes(row));
  const head = table.querySelector("[data-select-all]");
  if (head) {
    head.checked = ticked.length > 0 && ticked.length === all.length;
    head.indeterminate = ticked.length > 0 && ticked.length < all.length;
  }
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  bar.classList.toggle("idle", !ticked.length);
  const words = bar.querySelector("[data-count]");
  words.textContent = words.dataset.count.replace("{}", ticked.length);
}

function liveRows() {
  if (!table) return;
  table.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) tickAll(event.target.checked);
    else count();
  });
  table.addEventListener("click", (event) => {
    if (!event.target.matches("td input[type=checkbox]")) return;
    const row = event.target.closest("tr");
    if (event.shiftKey) tickRange(row);
    else anchor = row;
  });
  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (row && row !== cursor) {
      cursor?.classList.remove("cursor");
      cursor = row;
      row.classList.add("cursor");
    }
  });
  document.querySelector("[data-clear]")?.addEventListener("click", (event) => {
    event.preventDefault();
    tickAll(false);
  });
  cursor = table.querySelector("tr.cursor");
  count();
}

const rowKeys = {
  j: () => step(1),
  k: () => step(-1),
  x: () => tick(cursor ?? rows()[0]),
  X: () => cursor && tickRange(cursor),
  o: () => cursor?.querySelector("a.subj")?.click(),
  Enter: () => cursor?.querySelector("a.subj")?.click(),
};

/** With nothing ticked, an action on the list means the row under the cursor. */
function tickCursorFor(key) {
  if (!table || !cursor || rows().some((row) => boxOf(row)?.checked)) return;
  if ([...controlsFor(key)].some((control) => control.closest("[data-bulk]"))) tick(cursor, true);
}

/* ---- keys ---- */

let first = "";
let firstTimer = 0;

/** The second key of a sequence such as G M; its first key waits a second and a half. */
function sequence(key) {
  if (first) {
    const target = document.querySelector(`[data-keys="${CSS.escape(`${first} ${key.toLowerCase()}`)}"]`);
    const starred = first === "*" && key.toLowerCase() === "a" && table;
    first = "";
    if (starred) tickAll(true);
    else target?.click();
    return Boolean(starred || target);
  }
  if (!"gv*".includes(key)) return false;
  first = key;
  clearTimeout(firstTimer);
  firstTimer = setTimeout(() => { first = ""; }, 1500);
  return true;
}

function helpDialog() {
  const dialog = document.getElementById("shortcuts");
  if (!dialog?.showModal || dialog.open) return false;
  dialog.showModal();
  return true;
}

/** Keys without a modifier; never while typing, never on an open dialog. */
function plainKey(event) {
  const { key } = event;
  if (typing(event) || document.querySelector("dialog[open]")) return false;
  if (key === "Enter") {
    return Boolean(table && cursor) && !event.target.closest("a, button, summary, input") && (rowKeys.Enter(), true);
  }
  if (sequence(key)) return true;
  if (key === "?") return helpDialog() || press("?");
  if (key === "Escape") return press("u");
  if (table && Object.hasOwn(rowKeys, key)) {
    rowKeys[key]();
    return true;
  }
  if (key.length !== 1) return false;
  const name = event.shiftKey && key !== key.toLowerCase() ? `Shift+${key}` : key;
  tickCursorFor(name);
  return press(name);
}

function menuKey(event) {
  const menu = openMenu();
  const filter = menu?.querySelector("[data-menu-filter]");
  if (event.key !== "Enter" || event.target !== filter) return false;
  [...menu.querySelectorAll(".opt")].find(visible)?.click();
  return true;
}

/** Ctrl or ⌘ with Enter sends what is being written; with Shift a reply resolves the ticket too. */
function sendKey(event) {
  const form = event.target.closest?.("form.pane, form[data-send-key]");
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.altKey || !form) return false;
  if (event.shiftKey) {
    const resolved = form.querySelector("option[data-resolved]");
    if (resolved) resolved.selected = true;
  }
  form.requestSubmit(form.querySelector(".acts .btn.primary, .acts .btn.note, button.primary"));
  return true;
}

function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    let done = menuKey(event) || sendKey(event);
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.getModifierState("AltGraph");
    if (!done && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      done = press("Control+k");
    }
    if (!done && !modified && root.dataset.shortcuts !== "off") done = plainKey(event);
    if (!done && event.key === "Escape" && event.target.matches?.("textarea, input[type=search]")) event.target.blur();
    if (done) event.preventDefault();
  });
}

/* ---- menus that narrow while typing ---- */

function menuFilters() {
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-menu-filter]")) return;
    const fold = (text) => text.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
    const wanted = fold(event.target.value.trim());
    for (const option of event.target.closest(".pop").querySelectorAll(".opt")) {
      option.hidden = !fold(option.textContent).includes(wanted);
    }
  });
}

/* ---- composer: reply and note are two forms; changing the mode never moves text ---- */

function composer() {
  const box = document.querySelector("[data-composer]");
  if (!box) return;
  box.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-mode]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { mode } = link.dataset;
    box.classList.toggle("is-note", mode === "note");
    for (const pane of box.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== mode;
    for (const each of box.querySelectorAll("a[data-mode]")) {
      if (each === link) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
    history.replaceState(history.state, "", link.href);
    box.querySelector(`[data-pane="${mode}"] textarea`).focus();
    box.scrollIntoView({ block: "nearest" });
  });
}

/* ---- relative times ---- */

function times() {
  const words = JSON.parse(document.body.dataset.times || "{}");
  if (!words.ago) return;
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-fixed]")) {
      const minutes = Math.trunc((Date.parse(time.dateTime) - Date.now()) / 60000);
      let text = time.dataset.fixed;
      if (minutes === 0) text = words.now;
      else if (minutes < 0 && minutes > -60) text = words.ago.replace("{}", -minutes);
      else if (minutes > 0 && minutes < 60) text = words.in.replace("{}", minutes);
      if (time.textContent !== text) time.textContent = text;
    }
  }, 30000);
}

start();
liveRows();
menuFilters();
composer();
keys();
times();
document.addEventListener("click", (event) => {
  if (event.target.closest('a[href="#shortcuts"]') && helpDialog()) event.preventDefault();
  const close = event.target.closest("dialog [data-close]");
  if (close?.closest("dialog").matches(":modal")) {
    event.preventDefault();
    close.closest("dialog").close();
  }
});
