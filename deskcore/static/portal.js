// The portal: forms, menus, and what it does without a network. Everything here also works without it.
import { start } from "./shared.js";

start();

const { worker } = document.documentElement.dataset;
// A page comes first: the worker fetches what it keeps once everything is there.
if (worker && "serviceWorker" in navigator) {
  addEventListener("load", () => navigator.serviceWorker.register(worker).catch(() => {}));
}
