// Elements and text. All text of a project goes through `show`: as text, never as markup.

// Control characters, lone surrogates, and what is invisible or turns the reading direction. Tabs stay.
const HIDDEN =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu;

/** An element with attributes (functions are listeners, `class` and the like are strings) and children. */
export function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === undefined || value === null) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    if (child instanceof Node) made.append(child);
    else show(made, String(child));
  }
  return made;
}

/** Appends text; what cannot be seen, or would change how the rest is read, is shown by its number. */
export function show(parent, text) {
  let at = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (found.index > at) parent.append(text.slice(at, found.index));
    parent.append(hidden(found[0]));
    at = found.index + found[0].length;
  }
  if (at < text.length) parent.append(text.slice(at));
}

function hidden(char) {
  const code = char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
  const span = document.createElement("span");
  span.className = "hidden-char";
  span.title = "a character that cannot be seen";
  span.textContent = `U+${code}`;
  return span;
}

/** The element of the page with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** "1 hunk", "2 hunks". */
export function many(count, one) {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}

/** Tells users of screen readers what happened. */
export function say(text) {
  byId("say").textContent = text;
}
