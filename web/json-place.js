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

// Where a text stops being JSON.
export function faultOffset(text) {
  let at = 0;

  const next = (pattern) => {
    pattern.lastIndex = at;
    if (!pattern.exec(text)) throw new SyntaxError();
    at = pattern.lastIndex;
  };
  const space = () => next(/[ \t\n\r]*/y);
  const string = () => next(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y);
  const scalar = () => next(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);

  const items = (close, item) => {
    at += 1;
    space();
    if (text[at] === close) {
      at += 1;
      return;
    }
    item();
    while (text[at] !== close) {
      next(/,/y);
      item();
    }
    at += 1;
  };
  const member = () => {
    space();
    string();
    space();
    next(/:/y);
    value();
  };
  const value = () => {
    space();
    if (text[at] === '{') items('}', member);
    else if (text[at] === '[') items(']', value);
    else if (text[at] === '"') string();
    else scalar();
    space();
  };

  try {
    value();
  } catch {
    // Here.
  }
  return at;
}

export function lineOf(text, offset) {
  return text.slice(0, offset).split('\n').length;
}
