// Colours for Python and Django templates: good enough to read by, line by line.

const KEYWORDS = new Set(
  "False None True and as assert break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case".split(" "),
);
const PYTHON =
  /(?<comment>#.*)|(?<string>[rbfuRBFU]{0,2}(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?))|(?<decorator>@[\w.]+)|(?<number>\b\d[\w.]*)|(?<word>[A-Za-z_]\w*)/g;
const TEMPLATE = /(?<comment>\{#[^}]*#\})|(?<decorator>\{%[^%}]*%\})|(?<string>\{\{[^}]*\}\})|(?<word><\/?[a-z][\w-]*)/g;
const LONGEST = 2000; // characters; what is longer is no code that anybody reads

/** A function that gives for a line of a file the [start, end, class] of what is to be coloured. It goes on inside of
 *  a text of several lines, so it is made anew for each side of each hunk. */
export function colourer(path) {
  if (path.endsWith(".py")) return pythonColourer();
  return path.endsWith(".html") || path.endsWith(".txt") ? templateColours : () => [];
}

function templateColours(line) {
  if (line.length > LONGEST) return [];
  return [...line.matchAll(TEMPLATE)].map((found) => {
    const kind = Object.keys(found.groups).find((key) => found.groups[key] !== undefined);
    return [found.index, found.index + found[0].length, kind === "word" ? "keyword" : kind];
  });
}

function pythonColourer() {
  let open = ""; // the quotes of a text that goes on
  return (line) => {
    if (line.length > LONGEST) return [];
    const found = [];
    let from = 0;
    for (;;) {
      if (open) {
        const end = line.indexOf(open, from);
        if (end < 0) {
          found.push([from, line.length, "string"]);
          return found;
        }
        found.push([from, end + 3, "string"]);
        from = end + 3;
        open = "";
      }
      const quotes = words(line, from, found);
      if (!quotes) return found;
      [open, from] = quotes;
      found.push([from - 3, from, "string"]);
    }
  };
}

/** Colours what is outside of texts of several lines; where one begins, gives its quotes and the place after them. */
function words(line, from, found) {
  PYTHON.lastIndex = from;
  let previous = "";
  for (let token = PYTHON.exec(line); token; token = PYTHON.exec(line)) {
    const [start, end] = [token.index, PYTHON.lastIndex];
    if (token.groups.string !== undefined) {
      const quotes = line.slice(end - 2, end + 1);
      if ((quotes === '"""' || quotes === "'''") && /^[a-zA-Z]*(""|'')$/.test(token[0])) return [quotes, end + 1];
    }
    const kind = Object.keys(token.groups).find((key) => token.groups[key] !== undefined);
    const colour = kind === "word" ? wordKind(token[0], previous) : kind;
    if (colour) found.push([start, end, colour]);
    previous = token[0];
  }
  return null;
}

function wordKind(word, previous) {
  if (word === "async" || word === "await") return "async";
  if (KEYWORDS.has(word)) return "keyword";
  return previous === "def" || previous === "class" ? "name" : "";
}
