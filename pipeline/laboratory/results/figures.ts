/** Stands for a missing number. */
const none = '–';

/** A share in 0..1 with three decimals. */
export function share(value: number | null): string {
  return value === null ? none : withoutMinusZero(value.toFixed(3));
}

/** A share with its standard deviation over runs, if there is one. */
export function shareOver(mean: number | null, deviation: number | null): string {
  return deviation === null ? share(mean) : `${share(mean)} ± ${deviation.toFixed(3)}`;
}

/** Up to three significant digits, without an exponent. */
export function quantity(value: number | null): string {
  if (value === null) return none;
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return withoutMinusZero(value.toFixed(Math.min(digits, 3)));
}

/** Bytes in binary units. */
export function bytes(value: number | null): string {
  if (value === null) return none;
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let rest = value;
  let unit = 0;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${quantity(rest)} ${units[unit]!}`;
}

/** Splits a camel-case key into words: `baseMap50Before` becomes `base mAP50 before`. */
export function inWords(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/\bmap(50)?\b/g, 'mAP$1')
    .replaceAll(/\bap(50)?\b/g, 'AP$1')
    .replaceAll(/\ba ?ose\b/g, 'A-OSE')
    .replaceAll(/\bowod\b/g, 'OWOD')
    .replaceAll(/\bdhamija\b/g, 'Dhamija')
    .replaceAll(/\bat(\d)/g, 'at $1')
    .replaceAll(/\brss\b/g, 'RSS');
}

function withoutMinusZero(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}
