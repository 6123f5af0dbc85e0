// Light, dark, or as the system has it; and what else is remembered of how the page looks.

import { byId } from "./dom.js";

const THEMES = ["auto", "light", "dark"];

/** A setting of an earlier visit. A page that is opened as a file may have none. */
export function remembered(name, otherwise) {
  try {
    return localStorage.getItem(`amigrate-${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`amigrate-${name}`, value);
  } catch {
    // then it holds for this visit
  }
}

export function setUpTheme() {
  const button = byId("theme");
  const use = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = { auto: "◐", light: "○", dark: "●" }[theme];
    button.setAttribute("aria-label", `Colours: ${theme}`);
    button.dataset.tip = `Colours: ${theme}`;
  };
  use(THEMES.find((theme) => theme === remembered("theme", "auto")) ?? "auto");
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
    remember("theme", next);
    use(next);
  });
}
