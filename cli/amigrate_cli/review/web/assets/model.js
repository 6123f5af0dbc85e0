// What is reviewed, and how it stands. The server decides what is what; here it is only looked up and counted.

export const STATUSES = { p: "pending", a: "accepted", r: "rejected", f: "fallen" };
export const WORDS = { pending: "To decide", accepted: "Accepted", rejected: "Rejected", fallen: "Falls" };

export const model = {
  live: false, ended: false, title: "", files: [], items: [], groups: [], refusals: [], about: {},
  statuses: "", steps: 0, stale: [], held: [], edition: undefined,
};

/** Takes in what does not change: numbers the hunks, and links them with files and groups. */
export function load(content, live) {
  const { title, files, groups, refusals, ...about } = content;
  Object.assign(model, { live, title, files, groups, refusals, about, items: [] });
  for (const group of groups) group.items = [];
  for (const file of files) {
    for (const item of file.items) {
      item.at = model.items.length;
      item.file = file;
      model.items.push(item);
      if (!item.follows) for (const group of item.groups) groups[group].items.push(item);
    }
  }
}

/** Takes in how it stands; gives the hunks that stand otherwise than before. */
export function stand(state) {
  const before = model.statuses;
  Object.assign(model, { statuses: state.statuses, steps: state.steps, stale: state.stale, held: state.held, edition: state.edition });
  return model.items.filter((item) => before[item.at] !== state.statuses[item.at]);
}

export function status(item) {
  return STATUSES[model.statuses[item.at]];
}

/** Whether a hunk waits for a decision. What only comes with others never does. */
export function isPending(item) {
  return !item.follows && model.statuses[item.at] === "p";
}

/** Whether decisions are of interest: those to be made, or those of an earlier review. */
export function isDecided() {
  return model.live || /[arf]/.test(model.statuses);
}

/** How many of these hunks are what; those that only come with others are not counted. */
export function count(items) {
  const found = { pending: 0, accepted: 0, rejected: 0, fallen: 0, total: 0 };
  for (const item of items) {
    if (item.follows) continue;
    found[status(item)] += 1;
    found.total += 1;
  }
  return found;
}

/** The other hunks that stand and fall with one. */
export function companions(item) {
  const found = new Set(item.groups.flatMap((group) => model.groups[group].items));
  found.delete(item);
  return [...found].sort((one, two) => one.at - two.at);
}

/** The undecided hunks that share with one its file, first codemod, confidence or group. */
export function restOf(item, same) {
  const alike = {
    file: (one) => one.file === item.file,
    codemod: (one) => one.codemods.includes(item.codemods[0]),
    confidence: (one) => one.confidence === item.confidence,
    group: (one) => one.groups.some((group) => item.groups.includes(group)),
  }[same];
  return model.items.filter((one) => isPending(one) && alike(one));
}

export const NO_FILTER = { text: "", status: "", codemod: "", confidence: "", group: -1 };
export const filter = { ...NO_FILTER };

/** Whether the filter lets a hunk through. */
export function isShown(item) {
  if (filter.status && (item.follows || status(item) !== filter.status)) return false;
  if (filter.codemod && !item.codemods.includes(filter.codemod)) return false;
  if (filter.confidence && item.confidence !== filter.confidence) return false;
  if (filter.group >= 0 && !item.groups.includes(filter.group)) return false;
  return !filter.text || texts(item).includes(filter.text.toLowerCase());
}

/** What the search looks in: path, symbol, codemods, reasons, and the changed lines. */
function texts(item) {
  if (item.texts === undefined) {
    const lines = item.lines.filter(([kind]) => kind !== " ").map(([, , , parts]) => parts.join(""));
    const reasons = item.reasons.map(([, reason]) => reason);
    item.texts = [item.file.path, item.symbol, ...item.codemods, ...reasons, ...lines].join("\n").toLowerCase();
  }
  return item.texts;
}

/** A symbol without the module that the file of a hunk is. */
export function shortName(symbol, item) {
  const names = item.file.path.replace(/\.py$/, "").split("/");
  for (let at = 0; at < names.length; at += 1) {
    const module = `${names.slice(at).join(".")}.`;
    if (symbol.startsWith(module)) return symbol.slice(module.length);
  }
  return symbol;
}
