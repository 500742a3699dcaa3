import type { ResultGroup } from './group-reports.ts';

/** The view size that section names omit. */
const usualSize = 320;

/** Title of a table or chart: set, protocol and, unless it is the usual one, view size. */
export function sectionName(
  { set, protocol, size }: Pick<ResultGroup, 'set' | 'protocol' | 'size'>,
  joint: string,
): string {
  return `${set}${joint}${protocol}${size === usualSize ? '' : `, ${size} px`}`;
}
