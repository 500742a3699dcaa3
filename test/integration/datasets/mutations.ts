/** A number from 0 up to, but not including, `end`. */
type Below = (end: number) => number;

/** Damages a text as people, tools and disks do; one fault each. */
export function mutated(text: string, random: () => number): Buffer {
  const below: Below = (end) => Math.floor(random() * end);
  const kinds = text.startsWith('<') ? [attributeFault, elementFault] : [jsonFault];
  const kind = [...kinds, ...kinds, byteFault, cut][below(kinds.length * 2 + 2)]!;
  return Buffer.from(kind(text, below));
}

function cut(text: string, below: Below): string {
  return text.slice(0, below(text.length));
}

/** One byte changed, inserted or left out. */
function byteFault(text: string, below: Below): Buffer {
  const bytes = Buffer.from(text);
  const at = below(bytes.length);
  const signs = Buffer.from('0123456789.-+eE"{}[],:<>/= \n\t\\NaN\u00e9\u0000');
  const sign = signs.subarray(below(signs.length)).subarray(0, 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  return Buffer.concat([before, below(3) === 0 ? Buffer.alloc(0) : sign, after.subarray(below(2))]);
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One value of a JSON text changed, left out, repeated or moved. */
function jsonFault(text: string, below: Below): string {
  const root = JSON.parse(text) as Json;
  const places: [Json[] | Record<string, Json>, string][] = [];
  const collect = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push([value, key]);
      collect(inner);
    }
  };
  collect(root);
  const [parent, key] = places[below(places.length)]!;
  const list = Array.isArray(parent) ? parent : null;
  const object = parent as Record<string, Json>;
  const value = object[key]!;
  const others: Json[] = [null, [], {}, '', 'cat', 0, -1, 7, 1e9, 0.5, true, [1, 2, 3, 4], '1'];
  switch (below(6)) {
    case 0:
      if (list === null) Reflect.deleteProperty(object, key);
      else list.splice(Number(key), 1);
      break;
    case 1:
      object[key] = others[below(others.length)]!;
      break;
    case 2:
      object[key] =
        typeof value === 'number' ? String(value) : typeof value === 'string' ? [value] : 'x';
      break;
    case 3:
      if (typeof value === 'number') object[key] = value * 1.5 + below(3) - 1;
      else if (list !== null) list.push(structuredClone(value));
      else
        return text.replace(`"${key}":`, `"${key}":${JSON.stringify(others[below(5)])},"${key}":`);
      break;
    case 4:
      list?.reverse();
      break;
    default:
      if (list !== null) list.splice(below(list.length), 0, structuredClone(value));
      else if (typeof value === 'object') object[key] = [value];
  }
  return JSON.stringify(root);
}

/** One attribute of an XML text changed, left out or repeated. */
function attributeFault(text: string, below: Below): string {
  const attributes = [...text.matchAll(/ (\w+)="([^"]*)"/g)];
  const { 0: whole, 1: name, 2: value, index } = attributes[below(attributes.length)]!;
  const values = [
    '',
    'x',
    '-5',
    '1e2',
    '3,4',
    'nan',
    `${value!}0`,
    ` ${value!} `,
    '0',
    '1',
    '90.00',
  ];
  const changed = ['', whole + whole, ` ${name!}="${values[below(values.length)]!}"`];
  const replacement = changed[Math.min(2, below(6))]!;
  return text.slice(0, index) + replacement + text.slice(index + whole.length);
}

/** One element of an XML text left out, repeated, moved or renamed. */
function elementFault(text: string, below: Below): string {
  const elements = [...text.matchAll(/<(\w+) [^>]*><\/\1>/g)];
  const { 0: whole, 1: name, index } = elements[below(elements.length)]!;
  const [before, after] = [text.slice(0, index), text.slice(index + whole.length)];
  const other = elements[below(elements.length)]![0];
  const changed = ['', whole + whole, other, whole.replaceAll(name!, 'box'), `${whole}<!-- -->`];
  return before + changed[below(changed.length)]! + after;
}
