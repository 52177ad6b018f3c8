// The command palette, and the list under a field in which a person is written: one combobox for both.

const fold = (text) => text.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
const MOST = 8;
const RECENT = "deskcore-recent";
const TICKET = /\/agent\/tickets\/([A-Z]{2,5}-[0-9A-Z]+)$/i;

/** What begins with the words first, then what has words that begin so, then the rest. */
function best(items, words) {
  const rank = ({ title }) => {
    const plain = fold(title);
    if (plain.startsWith(words.join(" "))) return 0;
    return words.every((word) => ` ${plain}`.includes(` ${word}`)) ? 1 : 2;
  };
  return items.map((item) => [rank(item), item]).sort(([one], [other]) => one - other).map(([, item]) => item);
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function iconOf(name) {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  icon.setAttribute("class", "ico");
  icon.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.querySelector("svg use")?.getAttribute("href").split("#")[0] ?? ""}#${name}`);
  icon.append(use);
  return icon;
}

/** A list of choices under an input; the focus stays in the input. Nothing of an answer is ever read as markup. */
class Combobox {
  /** @param choose what happens with the item chosen; the event tells how. */
  constructor(input, list, choose) {
    this.input = input;
    this.list = list;
    this.choose = choose;
    this.items = [];
    this.at = -1;
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(this.items[Number(option.dataset.at)], event);
    });
    input.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.items.length) {
      event.preventDefault();
      this.point((this.at + step + this.items.length) % this.items.length);
    } else if (event.key === "Enter" && this.items[this.at] && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      this.choose(this.items[this.at], event);
    }
  }

  /** @param groups objects with title and items: title, icon, detail, key. */
  show(groups, at = 0) {
    this.items = groups.flatMap((group) => group.items);
    let place = 0;
    this.list.replaceChildren(...groups.filter((group) => group.items.length).map((group, number) => {
      const box = element("div");
      const head = element("div", "gh", group.title);
      head.id = `${this.list.id}-group-${number}`;
      head.setAttribute("role", "presentation");
      box.setAttribute("role", "group");
      box.setAttribute("aria-labelledby", head.id);
      box.append(...(group.title ? [head] : []), ...group.items.map((item) => this.option(item, place++)));
      if (!group.title) box.removeAttribute("aria-labelledby");
      return box;
    }));
    this.list.hidden = !this.items.length;
    this.input.setAttribute("aria-expanded", String(this.items.length > 0));
    this.point(this.items.length ? at : -1);
  }

  option(item, at) {
    const option = element("div");
    option.id = `${this.list.id}-${at}`;
    option.dataset.at = at;
    option.setAttribute("role", "option");
    option.append(iconOf(item.icon), element("span", "grow", item.title));
    if (item.detail) option.append(element("span", "muted tiny num", item.detail));
    if (item.key) option.append(element("kbd", "", item.key));
    return option;
  }

  point(at) {
    this.at = at;
    for (const option of this.list.querySelectorAll("[role=option]")) {
      const chosen = Number(option.dataset.at) === at;
      option.setAttribute("aria-selected", String(chosen));
      if (chosen) option.scrollIntoView({ block: "nearest" });
    }
    if (at < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.list.id}-${at}`);
  }
}

/** Ask the server, one question at a time: undefined for one that a later one overtook, null where none came. */
function asker(url) {
  let asking = null;
  return async (parameters) => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${url}?${new URLSearchParams(parameters)}`, { signal: asking.signal });
      return answer.ok && !answer.redirected ? await answer.json() : null;
    } catch (error) {
      return error.name === "AbortError" ? undefined : null;
    }
  };
}

/* ---- the palette ---- */

/** Numbers of the tickets that were open in this window, newest first: only numbers, and only until it is closed. */
const recent = () => sessionStorage.getItem(RECENT) ?? "";

let palette = null;

/** @param page what the page can do: can(name), run(name). */
export function open(dialog, page) {
  palette ??= new Palette(dialog, page);
  palette.open();
}

class Palette {
  constructor(dialog, page) {
    this.dialog = dialog;
    this.page = page;
    this.input = dialog.querySelector("input");
    this.none = dialog.querySelector(".none");
    this.ask = asker(dialog.dataset.url);
    this.begin = asker(dialog.dataset.url);
    this.commands = [];
    this.box = new Combobox(this.input, dialog.querySelector("[role=listbox]"), (item, event) => this.choose(item, event));
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.early(event), true);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  async open() {
    clearTimeout(this.timer);
    this.pending = true;
    this.entered = null;
    this.starting = this.begin({ q: "", recent: recent(), ticket: location.pathname.match(TICKET)?.[1] ?? "" });
    this.dialog.showModal();
    this.input.value = "";
    this.input.focus();
    this.box.show([]);
    this.none.textContent = "";
    await this.update();
  }

  /** What was typed is not yet asked for: until the answer is there, nothing is chosen. */
  later() {
    clearTimeout(this.timer);
    this.pending = true;
    this.entered = null;
    this.box.show(this.local(), -1);
    this.timer = setTimeout(() => this.update(), 120);
  }

  /** Enter before the answer: what will be the first is chosen as soon as it is known. */
  early(event) {
    if (event.key !== "Enter" || event.isComposing || !this.pending || this.box.at >= 0) return;
    event.preventDefault();
    event.stopPropagation();
    clearTimeout(this.timer);
    this.entered = event;
    this.update();
  }

  async update() {
    const words = this.input.value.trim();
    const [start, answer] = await Promise.all([this.starting, words ? this.ask({ q: words }) : this.starting]);
    if (start?.commands) this.commands = start.commands;
    if (answer === undefined || words !== this.input.value.trim()) return;
    const groups = [...(answer?.groups ?? [])];
    groups.splice(words.startsWith(">") ? 0 : 1, 0, ...this.local());
    this.box.show(groups);
    this.none.textContent = this.box.items.length ? "" : this.none.dataset.none;
    this.pending = false;
    if (!this.entered) return;
    if (this.box.items.length) this.choose(this.box.items[0], this.entered);
    else this.input.form.submit();
    this.entered = null;
  }

  /** The commands of this page: by words, without asking anybody. */
  local() {
    const typed = this.input.value.trim();
    if (/^[@#]/.test(typed)) return [];
    const words = fold(typed.replace(/^>/, "")).split(/\s+/).filter(Boolean);
    const fits = (item) => words.every((word) => fold(`${item.title} ${item.words ?? ""}`).includes(word));
    const known = this.commands.filter((item) => item.url || this.page.can(item.name));
    const items = best([...known, ...(words.length ? this.choices() : [])].filter(fits), words).slice(0, MOST);
    return items.length ? [{ title: this.dialog.dataset.commands, items }] : [];
  }

  /** The choices in the menus of this page: a status, a priority, a colleague, what a plugin offers. */
  choices() {
    const found = [];
    for (const option of document.querySelectorAll("main details.menu .pop .opt")) {
      const menu = option.closest("details.menu").querySelector("summary");
      if (!menu.getClientRects().length || option.closest("[data-bulk].idle")) continue;
      const plain = (node) => [...node.childNodes].filter((each) => !each.matches?.("kbd")).map((each) => each.textContent).join(" ");
      const title = `${(menu.getAttribute("aria-label") ?? plain(menu)).replace("…", "").trim()}: ${plain(option).trim()}`;
      found.push({ title, icon: "bolt", option });
    }
    return found;
  }

  choose(item, event) {
    const aside = event.ctrlKey || event.metaKey;
    if (item.url && aside) {
      window.open(item.url, "_blank", "noopener");
      return;
    }
    this.dialog.close();
    if (item.option) item.option.click();
    else if (!(item.name && this.page.can(item.name) && this.page.run(item.name)) && item.url) location.assign(item.url);
  }
}

/* ---- a field in which a person is written ---- */

/** Offer people under a plain input; what is chosen is the address, which the server knows for certain. */
export function people(input) {
  const list = element("div", "people-list");
  const ask = asker(input.dataset.people);
  list.id = `${input.id}-list`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.peopleLabel);
  input.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" })) {
    input.setAttribute(name, value);
  }
  const box = new Combobox(input, list, (item) => {
    input.value = item.value;
    box.show([]);
  });
  let timer = 0;
  const look = () => {
    clearTimeout(timer);
    box.show([]);
    timer = setTimeout(async () => {
      const words = input.value.trim();
      if (words.length < 2) return;
      const answer = await ask({ q: `@${words}` });
      if (answer && words === input.value.trim() && document.activeElement === input) {
        box.show(answer.groups.map((group) => ({ title: "", items: group.items })), -1);
      }
    }, 120);
  };
  input.addEventListener("input", look);
  // This file comes after the page: a quick hand has written already.
  if (document.activeElement === input) look();
  input.addEventListener("blur", () => box.show([]));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      box.show([]);
    }
  });
}
