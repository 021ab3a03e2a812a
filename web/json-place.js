// Where in a JSON text the value that a JSON Pointer (RFC 6901) names stands: [start, end] offsets. Of a value that is
// not there, or of a text that is not JSON, the nearest enclosing one that is.
export function placeOf(text, pointer) {
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  let best = [0, 0];
  let at = 0;

  const space = () => {
    while (/\s/.test(text[at] ?? '')) at += 1;
  };

  const string = () => {
    const start = at;
    for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1;
    at += 1;
    return JSON.parse(text.slice(start, at));
  };

  // Goes past one value; `depth` is how much of the path leads to it, -1 where it is beside the path.
  const value = (depth) => {
    space();
    const start = at;
    if (text[at] === '{') members(depth, true);
    else if (text[at] === '[') members(depth, false);
    else if (text[at] === '"') string();
    else while (at < text.length && !/[\s,\]}]/.test(text[at])) at += 1;
    if (depth > best.depth || (depth === path.length && best.depth !== depth)) {
      best = Object.assign([start, at], { depth });
    }
  };

  const members = (depth, named) => {
    const close = named ? '}' : ']';
    const opened = Object.assign([at, at + 1], { depth });
    if (depth > best.depth) best = opened;
    at += 1;
    for (let index = 0; ; index += 1) {
      space();
      if (text[at] === close || at >= text.length) break;
      let key = String(index);
      if (named) {
        key = string();
        space();
        at += 1; // the colon
      }
      value(depth >= 0 && key === path[depth] ? depth + 1 : -1);
      space();
      if (text[at] === ',') at += 1;
    }
    at += 1;
  };

  best.depth = -1;
  try {
    value(0);
  } catch {
    // Not JSON from here on: the best place so far stands.
  }
  return [best[0], best[1]];
}

export function lineOf(text, offset) {
  return text.slice(0, offset).split('\n').length;
}
