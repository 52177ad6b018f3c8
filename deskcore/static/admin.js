// The administration: the preview beside a form follows what is typed, and work that is under way is looked at again.
import { conditionalFields } from "./shared.js";

const form = document.querySelector("form[data-previewed]");
const panel = document.querySelector("[data-preview]");
const choices = document.querySelector("[data-preview-choices]");
let timer = 0;
let asked = 0;

/** Ask the server for the form as it would be now, and show its answer unless a newer one is under way. */
async function follow() {
  const number = ++asked;
  const data = new FormData(form);
  const spoken = document.getElementById("preview-language").value;
  data.set("preview_language", spoken);
  data.set("fragment", "1");
  try {
    const answer = await fetch(form.dataset.previewed, { method: "POST", body: data });
    if (!answer.ok || number !== asked) return;
    const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
    panel.replaceChildren(...shown.body.childNodes);
    panel.lang = spoken;
    conditionalFields();
  } catch {
    // Without a connection the preview stays as it is; the button says more.
  }
}

const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(follow, 300);
};

if (form && panel) {
  choices.hidden = false;
  form.addEventListener("input", soon);
  document.getElementById("preview-language").addEventListener("change", follow);
  document.getElementById("preview-phone").addEventListener("change", (event) => {
    panel.closest(".preview").classList.toggle("phone-wide", event.target.checked);
  });
}

// Work that is under way: look again every two seconds, as the button does.
if (document.querySelector("[data-running]")) setTimeout(() => location.reload(), 2000);
