// A menu below a button.

import { byId, el } from "./dom.js";

let opener = null;

/** Opens a menu of [text, what to do] entries; null is a line between them. */
export function openMenu(button, entries) {
  const menu = byId("menu");
  opener = button;
  menu.replaceChildren(...entries.map((entry) => entry
    ? el("button", { role: "menuitem", tabindex: "-1", click: () => { closeMenu(); entry[1](); } }, entry[0])
    : el("hr", { role: "separator" })));
  menu.hidden = false;
  const place = button.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(place.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
  const below = place.bottom + 4;
  menu.style.top = `${below + menu.offsetHeight < innerHeight ? below : Math.max(8, place.top - menu.offsetHeight - 4)}px`;
  button.setAttribute("aria-expanded", "true");
  menu.querySelector("button").focus();
}

export function closeMenu() {
  if (!opener) return;
  byId("menu").hidden = true;
  opener.setAttribute("aria-expanded", "false");
  opener.focus({ preventScroll: true });
  opener = null;
}

export function setUpMenu() {
  const menu = byId("menu");
  menu.addEventListener("keydown", (event) => {
    const buttons = [...menu.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) buttons.at(to % buttons.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") closeMenu();
    else return;
    event.preventDefault();
  });
  document.addEventListener("pointerdown", (event) => {
    if (opener && !menu.contains(event.target)) closeMenu();
  });
  document.addEventListener("scroll", () => closeMenu(), { passive: true });
}
