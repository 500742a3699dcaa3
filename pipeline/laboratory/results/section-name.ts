import type { ResultGroup } from './group-reports.ts';

/** The size that needs no mention. */
const usualSize = 320;

/** What a table or a picture is about: set, protocol and, where it is not the usual one, view size. */
export function sectionName(
  { set, protocol, size }: Pick<ResultGroup, 'set' | 'protocol' | 'size'>,
  joint: string,
): string {
  return `${set}${joint}${protocol}${size === usualSize ? '' : `, ${size} px`}`;
}
